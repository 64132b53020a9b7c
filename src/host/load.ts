import { PluginClient } from "./client.js";
import type { PluginOptions } from "./options.js";
import type { PluginCommand } from "./plugin-target.js";

/**
 * Makes a client and starts it: `await using plugin = await loadPlugin<Components>(file)`.
 *
 * Rejects with what the constructor and `start()` of {@link PluginClient} throw.
 */
export async function loadPlugin<C = Record<string, Record<string, (...args: unknown[]) => unknown>>>(
  plugin: string | URL | PluginCommand,
  options: PluginOptions = {},
): Promise<PluginClient<C>> {
  const client = new PluginClient<C>(plugin, options);
  await client.start();
  return client;
}
