import { loadPlugin, threadTransport, transfer } from "portcall";

/** @import { HandshakeTransport, PluginClient } from "portcall" */
/** @import { Courier } from "./courier.js" */

/**
 * @typedef {object} Payload
 * @property {(bytes: Buffer) => number} take
 * @property {(bytes: Buffer) => Buffer} echo
 * @property {(bytes: Buffer) => Buffer} handBack
 */

const plugin = new URL("../plugins/payload.js", import.meta.url);

/**
 * @param {string} name
 * @param {() => HandshakeTransport} transport
 * @returns {Courier}
 */
export function portcall(name, transport) {
  return {
    name,
    start: async () => {
      const { client, payload } = await load(transport());
      return { take: payload.take, echo: payload.echo, stop: () => client.kill() };
    },
  };
}

/** @type {Courier} */
export const portcallTransfer = {
  name: "portcall, thread, transfer()",
  detaches: true,
  start: async () => {
    const { client, payload } = await load(threadTransport());
    return {
      take: (bytes) => payload.take(transfer(bytes)),
      echo: (bytes) => payload.handBack(transfer(bytes)),
      stop: () => client.kill(),
    };
  },
};

/** @param {HandshakeTransport} transport */
async function load(transport) {
  /** @type {PluginClient<{ payload: Payload }>} */
  const client = await loadPlugin(plugin, { transport });
  return { client, payload: client.components.payload };
}
