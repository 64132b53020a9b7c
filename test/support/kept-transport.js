import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** @import { Socket } from "node:net" */
/** @import { HandshakeTransport, RunningPlugin, Wire } from "portcall" */

/**
 * A plugin that was launched; its address and its connection once it has them.
 *
 * @typedef {object} KeptPlugin
 * @property {RunningPlugin} running
 * @property {Socket | undefined} [socket] Of a plugin in a process.
 * @property {Wire} [wire]
 */

/**
 * Starts plugins as the given transport does, and keeps those that live where a test can reach them.
 *
 * @param {HandshakeTransport} inner
 * @param {Set<KeptPlugin>} living
 * @param {(running: RunningPlugin) => void} [onLaunch]
 * @returns {HandshakeTransport}
 */
export function keptTransport(inner, living, onLaunch) {
  /** @type {HandshakeTransport["launch"]} */
  const launch = (request) => {
    const running = inner.launch(request);
    /** @type {KeptPlugin} */
    const kept = { running };
    living.add(kept);
    onLaunch?.(running);
    void running.exited.then(() => living.delete(kept));
    return {
      ...running,
      connect: async (address) => {
        const { made, socket } = socketOf(() => running.connect(address));
        kept.socket = socket;
        kept.wire = await made;
        return kept.wire;
      },
    };
  };
  return {
    name: inner.name,
    launch,
    replicas: () => {
      const own = inner.replicas?.();
      const dispose = async () => own?.[Symbol.asyncDispose]();
      return { ...keptTransport(own ?? inner, living, onLaunch), [Symbol.asyncDispose]: dispose };
    },
  };
}

/**
 * What is made, and the connection that is begun for it. An address does not tell: a port is free again for the next
 * plugin while the session of the last goes on.
 *
 * @template T
 * @param {() => T} make
 * @returns {{ made: T, socket: Socket | undefined }}
 */
function socketOf(make) {
  /** @type {Socket | undefined} */
  let socket;
  const note = (/** @type {any} */ message) => {
    socket = message.socket;
  };
  subscribe("net.client.socket", note);
  try {
    const made = make();
    return { made, socket };
  } finally {
    unsubscribe("net.client.socket", note);
  }
}
