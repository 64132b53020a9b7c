import {
  PluginClient,
  processTransport,
  threadTransport,
  warmProcessTransport,
  warmThreadTransport,
} from "portcall";

/** @import { HandshakeTransport, WarmTransport } from "portcall" */

/**
 * One way to start plugins, and what has to be done before it is measured.
 *
 * @typedef {object} Start
 * @property {HandshakeTransport} transport
 * @property {() => Promise<void>} ready
 * @property {() => Promise<void>} end
 */

/** @typedef {{ echo: { echo(value: string): string } }} Echo */

const plugin = new URL("./plugins/echo.js", import.meta.url);

/** @type {Readonly<Record<string, (spares: number) => Start>>} */
export const starts = {
  "cold process": () => cold(processTransport()),
  "cold thread": () => cold(threadTransport()),
  "warm process": (spares) => warm(warmProcessTransport({ spares })),
  "warm thread": (spares) => warm(warmThreadTransport({ spares })),
};

/**
 * From the load of a plugin to the reply to its first call.
 *
 * @param {HandshakeTransport} transport
 */
export async function firstReply(transport) {
  const started = performance.now();
  /** @type {PluginClient<Echo>} */
  const client = new PluginClient(plugin, { transport });
  await client.components.echo.echo("hello");
  return { client, ms: performance.now() - started };
}

/**
 * @param {HandshakeTransport} transport
 * @returns {Start}
 */
function cold(transport) {
  return { transport, ready: async () => {}, end: async () => {} };
}

/**
 * @param {WarmTransport} transport
 * @returns {Start}
 */
function warm(transport) {
  return { transport, ready: () => transport.ready(), end: async () => transport[Symbol.asyncDispose]() };
}
