import type { PluginClient } from "../host/client.js";
import { loadPlugin } from "../host/load.js";
import type { PluginOptions } from "../host/options.js";
import type { PluginCommand } from "../host/plugin-target.js";
import { sharedSupply } from "./shared-supply.js";

/**
 * Loads a plugin for a test, on a thread that was ready before: `await using plugin = await testPlugin<Components>(file)`.
 * The threads come from a supply that all tests of this process share, and that keeps no process alive. Where a
 * transport is named, in the options or by `PORTCALL_TRANSPORT`, that one is used. The plugin keeps to `parity: "strict"`
 * unless the options say `parity: "loose"`: what only a process or only a thread can do fails.
 *
 * Rejects with what `loadPlugin()` rejects with.
 */
export async function testPlugin<C = Record<string, Record<string, (...args: unknown[]) => unknown>>>(
  plugin: string | URL | PluginCommand,
  options: PluginOptions = {},
): Promise<PluginClient<C>> {
  // What is no object is refused below, in the words that hold for all options.
  if (Object(options) !== options) return loadPlugin<C>(plugin, options);
  const settings: PluginOptions = { ...options, parity: options.parity ?? "strict" };
  if (options.transport !== undefined || process.env.PORTCALL_TRANSPORT)
    return loadPlugin<C>(plugin, settings);
  return loadPlugin<C>(plugin, { ...settings, transport: await sharedSupply() });
}
