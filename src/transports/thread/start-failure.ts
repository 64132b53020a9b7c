import { PluginError } from "../../errors.js";
import { neverStarted } from "../never-started.js";
import type { RunningPlugin } from "../transport.js";

/** Makes a worker. Where the system has no thread or file left for one, its plugin has never started. */
export function startedOrNot(path: string, start: () => RunningPlugin): RunningPlugin {
  try {
    return start();
  } catch (cause) {
    if (isInitFailure(cause)) return neverStarted("no thread", cannotStart(path, cause));
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run ${path} with these options: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** What Node throws, or emits, where a worker could not be made for want of threads, files or memory. */
export function isInitFailure(cause: unknown): boolean {
  return cause instanceof Error && "code" in cause && cause.code === "ERR_WORKER_INIT_FAILED";
}

export function cannotStart(path: string, cause: unknown): PluginError {
  return new PluginError(
    "ERR_SPAWN",
    `Could not start a thread for ${path}: ${(cause as Error).message}. Check that the host may start more threads and open more files.`,
    { cause },
  );
}
