import { subscribe, unsubscribe } from "node:diagnostics_channel";

/** @import { Socket } from "node:net" */
/** @import { HandshakeTransport, RunningPlugin, Wire } from "portcall" */

/**
 * A plugin that was launched; its connection once it has one, and the socket below it in a process.
 *
 * @typedef {object} KeptPlugin
 * @property {RunningPlugin} running
 * @property {Socket} [socket]
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
        // By its port it could not be told from others: a listener that has accepted leaves its port to the next.
        const take = (/** @type {unknown} */ message) => {
          kept.socket = /** @type {{ socket: Socket }} */ (message).socket;
        };
        subscribe("net.client.socket", take);
        const connecting = running.connect(address);
        unsubscribe("net.client.socket", take);
        kept.wire = await connecting;
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
