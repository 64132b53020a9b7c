import { PluginError } from "../errors.js";
import { log } from "./log.js";
import { shared } from "./shared.js";

/** What shutdown hooks may take together; then the plugin ends without them. */
const hooksMs = 5_000;

/** Hooks are the plugin's, whichever session it serves. */
const hooks = shared<(() => unknown)[]>("hooks", () => []);

/**
 * Runs a hook when the session has ended or the host asks the plugin to end, before `serve()` resolves. Hooks run one
 * after the other, the last one first; one that throws is logged and does not keep the others from running. Throws `ERR_OPTION` for a hook
 * that is no function.
 */
export function onShutdown(hook: () => unknown): void {
  if (typeof hook !== "function") {
    throw new PluginError("ERR_OPTION", `onShutdown takes a function; it was given a ${typeof hook}.`);
  }
  hooks.push(hook);
}

export async function runShutdownHooks(): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<void>((resolve) => {
    timer = setTimeout(() => {
      log(`Shutdown hooks took longer than ${hooksMs} ms. Ending without them.`);
      resolve();
    }, hooksMs);
  });
  try {
    await Promise.race([runAll(), late]);
  } finally {
    clearTimeout(timer);
  }
}

async function runAll(): Promise<void> {
  for (let hook = hooks.pop(); hook !== undefined; hook = hooks.pop()) {
    try {
      await hook();
    } catch (error) {
      log(`A shutdown hook failed: ${error instanceof Error ? error.stack : String(error)}`);
    }
  }
}
