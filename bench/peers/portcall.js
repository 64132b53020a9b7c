import { channel } from "node:diagnostics_channel";
import { loadPlugin, processTransport } from "portcall";

/** @import { HandshakeTransport, PluginClient } from "portcall" */
/** @import { Peer } from "./peer.js" */

/** @typedef {{ echo: { echo(value: unknown): unknown } }} Echo */

const plugin = new URL("../plugins/echo.js", import.meta.url);

/**
 * @param {string} name
 * @param {() => HandshakeTransport} transport
 * @returns {Peer}
 */
export function portcall(name, transport) {
  return {
    name,
    start: async () => {
      /** @type {PluginClient<Echo>} */
      const client = await loadPlugin(plugin, { transport: transport() });
      return {
        call: (value) => client.components.echo.echo(value),
        stop: () => client.kill(),
      };
    },
  };
}

/**
 * How many bytes a call of the echo plugin with this value puts on a socket, in each direction.
 *
 * @param {unknown} value
 */
export async function bytesOfCall(value) {
  const { call, stop, socket } = await watchedPlugin();
  try {
    await call(value);
    const { bytesWritten, bytesRead } = socket;
    await call(value);
    return { request: socket.bytesWritten - bytesWritten, reply: socket.bytesRead - bytesRead };
  } finally {
    await stop();
  }
}

/** A process plugin with the socket that its host opened. */
async function watchedPlugin() {
  /** @type {import("node:net").Socket[]} */
  const sockets = [];
  const watch = (/** @type {any} */ { socket }) => sockets.push(socket);
  const opened = channel("net.client.socket");
  opened.subscribe(watch);
  try {
    const line = await portcall("probe", processTransport).start();
    return { ...line, socket: /** @type {import("node:net").Socket} */ (sockets[0]) };
  } finally {
    opened.unsubscribe(watch);
  }
}
