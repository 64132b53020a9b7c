import * as host from "portcall";

/** @import { HandshakeTransport, PluginClient } from "portcall" */
/** @import { Courier } from "./courier.js" */

/**
 * @typedef {object} Payload
 * @property {(bytes: Buffer) => number} take
 * @property {(bytes: Buffer) => Buffer} echo
 * @property {(bytes: Buffer) => Buffer} handBack
 */

const { transfer } = /** @type {{ transfer?: <T>(value: T) => T }} */ ({ ...host });
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

/** None where this build has no `transfer()`. */
export const portcallTransfer = transfer === undefined ? [] : [transferring(transfer)];

/**
 * @param {<T>(value: T) => T} move
 * @returns {Courier}
 */
function transferring(move) {
  return {
    name: "portcall, thread, transfer()",
    detaches: true,
    start: async () => {
      const { client, payload } = await load(host.threadTransport());
      return {
        take: (bytes) => payload.take(move(bytes)),
        echo: (bytes) => payload.handBack(move(bytes)),
        stop: () => client.kill(),
      };
    },
  };
}

/** @param {HandshakeTransport} transport */
async function load(transport) {
  /** @type {PluginClient<{ payload: Payload }>} */
  const client = await host.loadPlugin(plugin, { transport });
  return { client, payload: client.components.payload };
}
