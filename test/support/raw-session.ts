import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { setImmediate as turn } from "node:timers/promises";
import { MessageChannel } from "node:worker_threads";
import { onTestFinished } from "vitest";
import { runInContext } from "../../src/guest/call-context.js";
import { kinds } from "../../src/rpc/frames.js";
import type { Components } from "../../src/rpc/guard.js";
import {
  type HostSession,
  openHostSession,
  openPluginSession,
  type PluginSession,
} from "../../src/rpc/session.js";
import { loadV8 } from "../../src/transports/process/values.js";
import { socketWire } from "../../src/transports/process/wire.js";
import { portWire } from "../../src/transports/thread/wire.js";
import type { Wire, WireEnd } from "../../src/transports/transport.js";

/** The wires of our transports, by their names. */
export const wirePairs: Readonly<Record<string, () => Promise<WirePair>>> = {
  socket: socketPair,
  port: portPair,
};

interface WirePair {
  readonly ours: Wire;
  readonly theirs: Wire;
  /** Under their wire and ours, where they are sockets. */
  readonly socket?: Socket;
  readonly near?: Socket;
}

/** A peer that says what it likes, and keeps what it hears. */
export interface RawPeer {
  /** Frames of one message, of any shape. */
  send(...frames: unknown[]): void;
  readonly heard: readonly (readonly unknown[])[];
  /** The next frame, or the first one heard, that fits. */
  hear(fits: (frame: readonly unknown[]) => boolean): Promise<readonly unknown[]>;
  /** The next call that the peer has not taken yet. */
  nextCall(): Promise<
    readonly [channel: number, kind: 0, id: number, name: string, args: unknown[], patches?: unknown[]]
  >;
  /** From now on takes nothing that comes. */
  stopReading(): void;
  /** Resolves when what was sent has left, and the other end had a turn. */
  written(): Promise<void>;
  readonly wire: Wire;
  readonly socket: Socket | undefined;
}

export const bounds = { maxMessageBytes: 268_435_456, maxChannels: 1_000 };

/** A host's session, against a plugin that is under the test's control. It is ready and serves `it.call`. */
export async function attackedHost(
  pair: () => Promise<WirePair>,
  limits = bounds,
): Promise<{ session: HostSession; plugin: RawPeer; end: Promise<WireEnd>; near: Socket | undefined }> {
  const { ours, theirs, socket, near } = await pair();
  for (const wire of [ours, theirs]) wire.open(limits.maxMessageBytes);
  const session = openHostSession(ours, limits, () => {});
  void session.ended.then((end) =>
    session.fail(() => (end.how === "failed" ? end.error : new Error("closed"))),
  );
  const plugin = rawPeer(theirs, socket);
  plugin.send([0, kinds.notice, "ready", { protocol: 1, portcall: "raw", components: { it: ["call"] } }]);
  await session.ready;
  return { session, plugin, end: session.ended, near };
}

/** A plugin's session, against a host that is under the test's control. */
export async function attackedPlugin(
  pair: () => Promise<WirePair>,
  components: Components,
  limits = bounds,
): Promise<{ session: PluginSession; host: RawPeer; end: Promise<WireEnd> }> {
  const { ours, theirs, socket } = await pair();
  for (const wire of [ours, theirs]) wire.open(limits.maxMessageBytes);
  const session = openPluginSession(ours, limits, components, "raw", runInContext);
  const host = rawPeer(theirs, socket);
  await host.hear((frame) => frame[2] === "ready");
  return { session, host, end: session.ended };
}

function rawPeer(wire: Wire, socket: Socket | undefined): RawPeer {
  const heard: unknown[][] = [];
  const waiting = new Set<() => void>();
  let calls = 0;
  let isReading = true;
  wire.addEventListener("message", ({ data }) => {
    if (!isReading) return;
    for (const frame of data as unknown[][]) {
      heard.push(frame);
      if (frame[2] === "ping") wire.postMessage([[0, kinds.notice, "pong", true]]);
    }
    for (const look of waiting) look();
  });
  const hear = (fits: (frame: readonly unknown[]) => boolean, nth = 0) =>
    new Promise<readonly unknown[]>((resolve) => {
      const look = () => {
        const found = heard.filter(fits)[nth];
        if (found === undefined) return;
        waiting.delete(look);
        resolve(found);
      };
      waiting.add(look);
      look();
    });
  return {
    send: (...frames) => wire.postMessage(frames),
    heard,
    hear,
    nextCall: () => hear((frame) => frame[1] === kinds.call, calls++) as never,
    stopReading: () => {
      if (socket === undefined) isReading = false;
      else socket.pause();
    },
    written: async () => {
      await turn();
      if (socket !== undefined) await new Promise((resolve) => socket.write("", resolve));
    },
    wire,
    socket,
  };
}

async function socketPair(): Promise<WirePair> {
  await loadV8();
  const server = createServer();
  await once(server.listen(0, "127.0.0.1"), "listening");
  const accepted = once(server, "connection");
  const socket = connect((server.address() as { port: number }).port, "127.0.0.1");
  const [far] = (await accepted) as [Socket];
  server.close();
  const pair = { ours: socketWire(far), theirs: socketWire(socket), socket, near: far };
  onTestFinished(() => {
    far.destroy();
    socket.destroy();
  });
  return pair;
}

async function portPair(): Promise<WirePair> {
  const { port1, port2 } = new MessageChannel();
  const pair = { ours: portWire(port1), theirs: portWire(port2) };
  onTestFinished(() => {
    for (const wire of [pair.ours, pair.theirs]) wire.close();
  });
  return pair;
}
