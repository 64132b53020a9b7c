import Module from "node:module";
import { changeEnvironment } from "../environment-change.js";
import type { SpareTask } from "./messages.js";

/** What `node file` and `new Worker(file)` do with their file, in every version of Node. A preload may replace it. */
const entry = Module as unknown as { runMain(path: string): void };

/**
 * Runs the plugin as the entry of this thread or process, as a cold start does: `import.meta.main`, `require.main`, the
 * exit code and what is printed at an error are the same. In a turn of its own, where what it throws is uncaught.
 */
export function becomePlugin({ path, args, env }: SpareTask): void {
  changeEnvironment(env);
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...args);
  process.nextTick(() => entry.runMain(path));
}

/** What a task returns that lasts as long as its worker. */
export const forever: Promise<never> = new Promise(() => {});

/**
 * Ends the preparation of a spare: what the pool left for its tasks is gone, and the way by which a plugin finds this
 * package was walked once.
 */
export function loadedAhead(): void {
  delete (process as { __tinypool_state__?: unknown }).__tinypool_state__;
  delete process.env.TINYPOOL_WORKER_ID;
  // Node remembers a name that it has resolved.
  import.meta.resolve?.("portcall/plugin");
}
