import { PluginError } from "../../errors.js";
import { checkWorkingDirectory } from "../parity.js";
import type { LaunchRequest, PluginLimits } from "../transport.js";

/** Throws `ERR_OPTION` or `ERR_PARITY` for what no thread can do. */
export function checkThreadRequest({ target, cwd }: LaunchRequest): void {
  if (target.kind !== "module") {
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run the command ${target.path}. Use processTransport() for it.`,
    );
  }
  checkWorkingDirectory(target, cwd);
}

/** What V8 lets the stack of a process have, and what Node keeps back of a worker's. In MiB. */
const processStackMb = 984 / 1_024;
const keptBackMb = 192 / 1_024;

/** A plugin's limits in a Worker's words. Its stack is as deep as a process has it: Node's default would be four times that. */
export function resourceLimits({ memoryMb, stackMb = processStackMb }: PluginLimits): {
  maxOldGenerationSizeMb?: number;
  stackSizeMb: number;
} {
  return {
    ...(memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }),
    stackSizeMb: stackMb + keptBackMb,
  };
}
