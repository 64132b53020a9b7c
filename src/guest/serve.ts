import { PluginError } from "../errors.js";
import { defineHandshake, packerHandshake } from "../handshake/definition.js";
import { hasCookie } from "../handshake/environment.js";
import { type Components, servedMethods } from "../rpc/guard.js";
import { checkOptionNames } from "../transports/check-options.js";
import { createServer, type ServeOptions } from "./server.js";
import { runShutdownHooks } from "./shutdown.js";

/** What a plugin that has served may take to end by itself. */
const lingerMs = 1_000;

/**
 * Serves components to the host that started this plugin: handshake, calls until the session ends or the host asks, then
 * the shutdown hooks. A plugin that has not ended a second later is ended, with its `process.exitCode`.
 *
 * Where the handshake fails it says so on stderr, without a stack, and ends the plugin with status 1; a person who runs
 * the plugin by hand reads who should run it. Throws `ERR_OPTION` for components that cannot be served, and for bad options.
 */
export async function serve(components: Components, options: ServeOptions = {}): Promise<void> {
  servedMethods(components);
  try {
    const server = await createServer(options);
    for (const [name, component] of Object.entries(components)) server.register(name, component);
    await server.serve();
  } catch (error) {
    if (!(error instanceof PluginError) || error.code === "ERR_OPTION") throw error;
    if (error.code !== "ERR_ABORTED") await failPlainly(error);
    await runShutdownHooks();
  }
  setTimeout(() => process.exit(), lingerMs).unref();
}

/**
 * Whether a host started this file as a plugin; false where a unit test imports it. As in the original, the cookie says
 * so, and stays in the environment: in what the plugin itself starts it is true, too. Throws `ERR_OPTION`.
 */
export function isPlugin(options: Pick<ServeOptions, "handshake"> = {}): boolean {
  checkOptionNames(options, ["handshake"]);
  const { handshake = packerHandshake } = options;
  return hasCookie(process.env, defineHandshake(handshake));
}

async function failPlainly(error: PluginError): Promise<never> {
  process.stderr.write(
    error.code === "ERR_COOKIE" ? `${error.message}\n` : `[${error.code}] ${error.message}\n`,
  );
  await runShutdownHooks();
  process.exit(1);
}
