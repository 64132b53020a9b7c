import type { HandshakeTransport, RunningPlugin, Wire } from "portcall";

/** A transport that does what it wraps, and counts what the host posts on its wires. */
export interface CountedTransport extends HandshakeTransport {
  /** The frames of the session that were posted: `[channel, kind, …]`. */
  readonly frames: readonly (readonly unknown[])[];
}

export function countedTransport(inner: HandshakeTransport): CountedTransport {
  const frames: unknown[][] = [];
  const counted = (wire: Wire): Wire => ({
    postMessage: (message, transfer) => {
      if (Array.isArray(message)) frames.push(...message);
      wire.postMessage(message, transfer);
    },
    get bufferedBytes() {
      return wire.bufferedBytes;
    },
    addEventListener: (type, listener) => wire.addEventListener(type, listener),
    removeEventListener: (type, listener) => wire.removeEventListener(type, listener),
    open: (maxMessageBytes) => wire.open(maxMessageBytes),
    closed: wire.closed,
    close: () => wire.close(),
  });
  const watch = (running: RunningPlugin): RunningPlugin => ({
    id: running.id,
    stdout: running.stdout,
    stderr: running.stderr,
    exited: running.exited,
    connect: async (address) => counted(await running.connect(address)),
    interrupt: () => running.interrupt(),
    stop: (graceMs) => running.stop(graceMs),
  });
  return { name: inner.name, frames, launch: (request) => watch(inner.launch(request)) };
}
