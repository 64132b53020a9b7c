import { MessageChannel } from "node:worker_threads";
import { createServer, packerHandshake } from "../src/plugin.js";
import { componentsChannel, kinds } from "../src/rpc/frames.js";
import { portWire } from "../src/transports/thread/wire.js";
import type { HandshakeGuest } from "../src/transports/transport.js";

/** A rehearsal that has come to no end by then is given up. */
const rehearsalMs = 2_000;
const installed = Symbol.for("portcall.guest.1");

/**
 * Does a handshake and a call with nobody, before the spare has its plugin: what a plugin runs first is then compiled,
 * which is a third of a warm start. Leaves nothing behind. Whether it came to its end.
 */
export async function rehearse(): Promise<boolean> {
  const { port1: host, port2: guest } = new MessageChannel();
  const unmute = [process.stdout, process.stderr].map(mute);
  Object.defineProperty(globalThis, installed, { value: rehearsedGuest(guest), configurable: true });
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(resolve, rehearsalMs, false);
  });
  try {
    return await Promise.race([late, Promise.all([serveOnce(), callOnce(host)]).then(() => true)]);
  } catch {
    return false;
  } finally {
    clearTimeout(timer);
    host.close();
    for (const restore of unmute) restore();
    Reflect.deleteProperty(globalThis, installed);
  }
}

/** What is written takes its whole way, but for the last step. */
function mute(stream: NodeJS.WriteStream): () => void {
  const own = Object.getOwnPropertyDescriptor(stream, "_write");
  stream._write = (_chunk, _encoding, done) => done();
  return () => {
    if (own === undefined) Reflect.deleteProperty(stream, "_write");
    else Object.defineProperty(stream, "_write", own);
  };
}

const secret = "0".repeat(64);

async function serveOnce(): Promise<void> {
  const server = await createServer();
  server.register("rehearsal", { act: (text: string) => text });
  await server.serve();
}

/** The host's half: it presents its half of the secret, hears what is served, calls, and leaves with the result. */
function callOnce(port: MessageChannel["port1"]): Promise<void> {
  let heard = 0;
  port.postMessage(secret.slice(0, 32));
  return new Promise((resolve) => {
    port.on("message", () => {
      heard++;
      if (heard === 2) port.postMessage([[componentsChannel, kinds.call, 1, "rehearsal.act", ["hello"]]]);
      if (heard < 3) return;
      port.close();
      resolve();
    });
  });
}

function rehearsedGuest(port: MessageChannel["port2"]): HandshakeGuest {
  const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;
  return {
    env: { [cookieKey]: cookieValue, [minPortKey]: "1", [maxPortKey]: "1", PORTCALL_SECRET: secret },
    listen: async () => ({
      address: "127.0.0.1:1",
      onConnection: (listener) => listener(portWire(port)),
      close: () => {},
    }),
    announce: (line) => void process.stdout.write(line),
    onInterrupt: () => {},
    stopRequested: new Promise(() => {}),
    hostGone: new Promise(() => {}),
  };
}
