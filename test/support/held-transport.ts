import type { HandshakeTransport, RunningPlugin, Wire } from "portcall";

/** A transport whose plugins a test can cut off from their host. */
export interface HeldTransport {
  readonly transport: HandshakeTransport;
  /** Ends the session, from the host's end. */
  endSession(): void;
}

/** Runs plugins as the given transport does. `connects: false`: the host never gets to its plugin. */
export function heldTransport(inner: HandshakeTransport, { connects = true } = {}): HeldTransport {
  let wire: Wire | undefined;
  const hold = (running: RunningPlugin): RunningPlugin => ({
    id: running.id,
    stdout: running.stdout,
    stderr: running.stderr,
    exited: running.exited,
    connect: async (address) => {
      if (!connects) return new Promise(() => {});
      wire = await running.connect(address);
      return wire;
    },
    interrupt: () => running.interrupt(),
    stop: (graceMs) => running.stop(graceMs),
  });
  return {
    transport: { name: inner.name, launch: (request) => hold(inner.launch(request)) },
    endSession: () => wire?.close(),
  };
}
