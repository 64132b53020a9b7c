"""A whole plugin in Python 3, written from handshake.md alone. It reads and writes JSON only."""

import json
import os
import re
import select
import signal
import socket
import struct
import sys
import time
import traceback

COOKIE = "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2"
ACCEPT_TIMEOUT = 60


class DivisionError(Exception):
    code = "E_ZERO"


def divide(a, b):
    if b == 0:
        raise DivisionError("division by zero")
    return a / b


def hang():
    log("hanging")
    while True:
        time.sleep(1)


interrupts = 0
COMPONENTS = {
    "math": {
        "add": lambda a, b: a + b,
        "divide": divide,
        "echo": lambda value: value,
        "hang": hang,
        "interrupts": lambda: interrupts,
    }
}


def main():
    secret = os.environ.pop("PORTCALL_SECRET", None)
    for name in ("PORTCALL_MAX_CHANNELS", "PORTCALL_DEBUG", "PORTCALL_DROP_NET"):
        os.environ.pop(name, None)
    most = int(os.environ.pop("PORTCALL_MAX_MESSAGE_BYTES", 256 * 1024 * 1024))
    if os.environ.get("PACKER_PLUGIN_MAGIC_COOKIE") != COOKIE:
        fail("Please do not execute plugins directly. Packer will execute these for you.")
    lowest, highest = port("PACKER_PLUGIN_MIN_PORT"), port("PACKER_PLUGIN_MAX_PORT")
    if lowest > highest:
        fail(f"[ERR_PORT_RANGE] the port range {lowest} to {highest} is empty")

    woken = handle_signals()
    server = listen(lowest, highest)
    host, bound = server.getsockname()
    log(f"Plugin address: {host}:{bound}")
    sys.stdout.write(f"1|{host}:{bound}\n")
    sys.stdout.flush()

    peer = accept(server, secret, woken)
    peer.most = most
    server.close()
    serve(peer, woken)


class Peer:
    """One connection, cut into frames. A length over the limit is refused before it is waited for."""

    def __init__(self, connection, most):
        self.connection, self.most, self.held = connection, most, b""
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def fileno(self):
        return self.connection.fileno()

    def receive(self):
        """Reads once and returns the whole frames. Raises EOFError at the end and ValueError at nonsense."""
        chunk = self.connection.recv(65536)
        if not chunk:
            raise EOFError
        self.held += chunk
        frames = []
        while len(self.held) >= 5:
            length, kind = struct.unpack(">IB", self.held[:5])
            if length > self.most:
                raise ValueError("too large")
            if len(self.held) < 5 + length:
                break
            frames.append((kind, self.held[5 : 5 + length]))
            self.held = self.held[5 + length :]
        return frames

    def send(self, kind, payload):
        self.connection.sendall(struct.pack(">IB", len(payload), kind) + payload)

    def send_frame(self, *frame):
        self.send(3, json.dumps([frame], allow_nan=False).encode())


def accept(server, secret, woken):
    """Lets in the one connection that knows the first half of the secret, and drops the others."""
    candidates = set()
    deadline = time.monotonic() + ACCEPT_TIMEOUT
    while time.monotonic() < deadline:
        readable, _, _ = select.select([server, woken, *candidates], [], [], deadline - time.monotonic())
        for source in readable:
            if source is woken:
                woken.recv(4096)
            elif source is server:
                peer = Peer(server.accept()[0], 128)
                if secret is None:
                    return peer
                candidates.add(peer)
            elif proves(source, secret):
                for other in candidates - {source}:
                    other.connection.close()
                return source
            elif source.fileno() < 0:
                candidates.discard(source)
    fail("[ERR_ACCEPT_TIMEOUT] no host connected")


def proves(peer, secret):
    try:
        frames = peer.receive()
        if not frames:
            return False
        if frames == [(0, secret[:32].encode())]:
            peer.send(0, secret[32:].encode())
            return True
    except (OSError, EOFError, ValueError):
        pass
    peer.connection.close()
    return False


def serve(peer, woken):
    names = {name: list(methods) for name, methods in COMPONENTS.items()}
    peer.send_frame(0, 4, "ready", {"protocol": 1, "portcall": "none", "components": names})
    acknowledged = 0
    while True:
        while acknowledged < interrupts:
            acknowledged += 1
            peer.send_frame(0, 4, "interrupted", True)
        readable, _, _ = select.select([peer, woken], [], [])
        if woken in readable:
            woken.recv(4096)
        if peer not in readable:
            continue
        try:
            frames = peer.receive()
        except (OSError, EOFError, ValueError):
            return
        for kind, payload in frames:
            if kind != 2:
                return
            for channel, what, call, *rest in json.loads(payload):
                if channel == 1 and what == 0:
                    answer(peer, call, *rest)
                elif (channel, call) == (0, "ping"):
                    peer.send_frame(0, 4, "pong", True)


def answer(peer, call, name, args, _patches=None):
    """Patches say what JSON cannot: a function, a signal, an error. This plugin needs none of them."""
    try:
        component, method = name.split(".", 1)
        peer.send_frame(1, 1, call, COMPONENTS[component][method](*args))
    except Exception as error:
        props = {"code": error.code} if hasattr(error, "code") else {}
        stack = traceback.format_exc()
        described = {"thrown": "error", "name": type(error).__name__, "message": str(error), "stack": stack}
        peer.send_frame(1, 2, call, {**described, "props": props})


def handle_signals():
    """SIGINT is counted, SIGTERM ends the plugin. Returns a socket that becomes readable at a signal."""
    woken, waker = socket.socketpair()
    waker.setblocking(False)
    signal.set_wakeup_fd(waker.detach())

    def count(_signal, _frame):
        global interrupts
        interrupts += 1
        log(f"Received interrupt signal (count: {interrupts}). Ignoring.")

    signal.signal(signal.SIGINT, count)
    signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
    return woken


def listen(lowest, highest):
    for number in range(lowest, highest + 1):
        server = socket.socket()
        try:
            server.bind(("127.0.0.1", number))
            server.listen()
            return server
        except OSError:
            server.close()
    fail(f"[ERR_NO_FREE_PORT] none of the ports {lowest} to {highest} is free on 127.0.0.1")


def port(name):
    text = os.environ.get(name, "")
    if not re.fullmatch(r"[+-]?[0-9]+", text) or not 0 <= int(text) <= 65535:
        fail(f"[ERR_PORT_RANGE] {name} is no port")
    return int(text)


def log(line):
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def fail(line):
    log(line)
    sys.exit(1)


main()
