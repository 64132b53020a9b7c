import type { Server, Socket } from "node:net";
import type { HandshakeGuest, Listener, PortRange, Wire } from "../transport.js";
import { loadV8 } from "./values.js";
import { socketWire } from "./wire.js";

/** How often a plugin that nobody has connected to looks whether its host is still there. */
const hostCheckMs = 250;

/** The plugin's end in a process of its own. From now on SIGTERM asks the plugin to end instead of ending it. */
export function processGuest(): HandshakeGuest {
  writeAtOnce(process.stdout);
  writeAtOnce(process.stderr);
  const announcement = watchedWrite(process.stdout);
  return {
    env: process.env,
    listen,
    announce: announcement.write,
    onInterrupt: (listener) => void process.on("SIGINT", listener),
    stopRequested: new Promise((resolve) => void process.on("SIGTERM", () => resolve())),
    hostGone: Promise.race([parentGone(), announcement.failed]),
  };
}

/**
 * Node keeps back what a pipe does not take at once, and loses it when the plugin exits, spins or is killed. The host
 * always reads, so a plugin that waits for the pipe does not wait for long. Nobody reads for a host that has died: what
 * is written then must not keep the plugin from ending in order.
 */
function writeAtOnce(output: NodeJS.WriteStream): void {
  const { _handle: pipe } = output as { _handle?: { setBlocking?(blocking: boolean): void } | null };
  pipe?.setBlocking?.(true);
  output.on("error", () => {});
}

async function listen({ min, max }: PortRange): Promise<Listener | undefined> {
  const { createServer } = await import("node:net");
  for (let port = min; port <= max; port++) {
    const server = createServer();
    if (await bind(server, port)) return listener(server);
  }
  return undefined;
}

/** Any reason a port cannot be had, be it taken or reserved, means the next one. */
function bind(server: Server, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => resolve(true));
  });
}

function listener(server: Server): Listener {
  const { address, port } = server.address() as { address: string; port: number };
  const early: Socket[] = [];
  const keep = (socket: Socket) => early.push(socket);
  server.on("connection", keep);
  return {
    address: `${address}:${port}`,
    onConnection: (onWire: (wire: Wire) => void) => {
      // By now the address is announced: this loads while the host connects.
      const v8Loaded = loadV8();
      const connected = (socket: Socket) => {
        const wire = socketWire(socket);
        void v8Loaded.then(() => onWire(wire));
      };
      server.off("connection", keep);
      server.on("connection", connected);
      early.splice(0).forEach(connected);
    },
    close: () => void server.close(),
  };
}

/**
 * Nobody reads the announcement of a plugin whose host died while it was loading, when its parent may already be another.
 */
function watchedWrite(output: NodeJS.WriteStream): {
  write(line: string): void;
  readonly failed: Promise<void>;
} {
  let fail: () => void = () => {};
  const failed = new Promise<void>((resolve) => {
    fail = resolve;
  });
  const write = (line: string) => {
    output.write(line, (error) => {
      if (error) fail();
    });
  };
  return { write, failed };
}

/** A process whose parent has died is given another. Looked at only while the plugin waits for its host. */
function parentGone(): Promise<void> {
  const parent = process.ppid;
  return new Promise((resolve) => {
    const timer = setInterval(() => {
      if (process.ppid === parent) return;
      clearInterval(timer);
      resolve();
    }, hostCheckMs);
    timer.unref();
  });
}
