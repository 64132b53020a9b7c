import Module from "node:module";
import type { SpareTask } from "./messages.js";

/** What `node file` and `new Worker(file)` do with their file, in every version of Node. */
const { runMain } = Module as unknown as { runMain(path: string): void };

/**
 * Runs the plugin as the entry of this thread or process, as a cold start does: `import.meta.main`, `require.main`, the
 * exit code and what is printed at an error are the same. In a turn of its own, where what it throws is uncaught.
 */
export function becomePlugin({ path, args, env }: SpareTask): void {
  for (const name of Object.keys(process.env)) if (!Object.hasOwn(env, name)) delete process.env[name];
  Object.assign(process.env, env);
  process.argv.splice(1, Number.POSITIVE_INFINITY, path, ...args);
  process.nextTick(() => runMain(path));
}

/** What a task returns that lasts as long as its worker. */
export const forever: Promise<never> = new Promise(() => {});

/** Takes away what only the pool that started this worker may use. */
export function forgetPool(): void {
  delete (process as { __tinypool_state__?: unknown }).__tinypool_state__;
}
