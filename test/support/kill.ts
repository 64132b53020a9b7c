import type { PluginClient, PluginExit } from "portcall";
import { expect } from "vitest";

/** Kills a plugin whose `killGraceMs` is given, and holds it to its promise: that long and a second at most. */
export async function killInTime(
  plugin: Pick<PluginClient, "kill">,
  killGraceMs: number,
): Promise<PluginExit> {
  const since = performance.now();
  const exit = await plugin.kill();
  expect(performance.now() - since).toBeLessThan(killGraceMs + 1_000);
  return exit;
}
