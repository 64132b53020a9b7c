/** @import { HandshakeTransport, RunningPlugin, Wire } from "portcall" */

/**
 * A plugin that was launched; its address and its connection once it has them.
 *
 * @typedef {object} KeptPlugin
 * @property {RunningPlugin} running
 * @property {string} [address]
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
        kept.address = address.text;
        kept.wire = await running.connect(address);
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
