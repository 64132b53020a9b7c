import { realpathSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { PluginError } from "../errors.js";
import type { PluginTarget } from "./transport.js";

const preload = fileURLToPath(new URL("../../workers/parity.cjs", import.meta.url));

/** The flags of a plugin that keeps to parity from its first line on. */
export const parityFlags: readonly string[] = ["--require", preload];

/** The flags of a worker that was not started for this plugin: it hears of parity when it is given its plugin. */
export function withoutParityFlags(execArgv: readonly string[]): string[] {
  const at = execArgv.indexOf(preload);
  return execArgv.filter((_, i) => i !== at && (at < 0 || i !== at - 1));
}

/** Refuses a folder that is not the host's own, which is the only one that a thread can have. Throws `ERR_PARITY`. */
export function checkWorkingDirectory(target: PluginTarget, cwd: string | undefined): void {
  if (cwd === undefined || isWorkingDirectory(cwd)) return;
  throw new PluginError(
    "ERR_PARITY",
    `A thread shares its host's working directory, so ${target.path} cannot have ${cwd}. Use processTransport(), and parity: "loose", for it.`,
  );
}

/** By its real path: `.` or a link to the folder name the same one. */
function isWorkingDirectory(path: string): boolean {
  try {
    return realpathSync(path) === process.cwd();
  } catch {
    return false;
  }
}
