import { realpathSync } from "node:fs";
import { PluginError } from "../../errors.js";
import type { LaunchRequest, PluginLimits } from "../transport.js";

/** Throws `ERR_OPTION` or `ERR_PARITY` for what no thread can do. */
export function checkThreadRequest({ target, cwd }: LaunchRequest): void {
  if (target.kind !== "module") {
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run the command ${target.path}. Use processTransport() for it.`,
    );
  }
  if (cwd !== undefined && !isWorkingDirectory(cwd)) {
    throw new PluginError(
      "ERR_PARITY",
      `A thread shares its host's working directory, so ${target.path} cannot have ${cwd}. Use processTransport() for it.`,
    );
  }
}

/** By its real path: `.` or a link to the folder name the same one. */
function isWorkingDirectory(path: string): boolean {
  try {
    return realpathSync(path) === process.cwd();
  } catch {
    return false;
  }
}

/** A plugin's limits in a Worker's words. */
export function resourceLimits({ memoryMb, stackMb }: PluginLimits): {
  maxOldGenerationSizeMb?: number;
  stackSizeMb?: number;
} {
  return {
    ...(memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }),
    ...(stackMb === undefined ? {} : { stackSizeMb: stackMb }),
  };
}
