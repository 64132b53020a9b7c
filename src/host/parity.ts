import { Worker } from "node:worker_threads";
import { PluginError } from "../errors.js";
import { inheritedExecArgv } from "../transports/exec-argv.js";
import { checkWorkingDirectory, parityFlags } from "../transports/parity.js";
import type { PluginTarget } from "../transports/transport.js";

/** What of a plugin's settings decides about its parity. */
export interface ParitySettings {
  readonly parity: "strict" | "loose";
  readonly execArgv: readonly string[];
  readonly cwd: string | undefined;
}

/**
 * The flags that make a plugin keep to parity before its first line; none where that is not asked for. Refuses what only
 * a process can be started with, whatever the transport. Throws `ERR_PARITY`.
 */
export function startsWithParity(
  target: PluginTarget,
  { parity, execArgv, cwd }: ParitySettings,
): readonly string[] {
  if (parity === "loose") return [];
  if (target.kind !== "module") {
    throw refusal(`A thread cannot run the command ${target.path}`, "Load a module, or load it");
  }
  checkWorkingDirectory(target, cwd);
  const problem = refusedByThreads(execArgv);
  if (problem !== undefined) throw refusal(problem, "Leave it out, or load the plugin");
  return parityFlags;
}

/** Node alone knows which of its flags a thread takes, and says so before it starts one. */
function refusedByThreads(execArgv: readonly string[]): string | undefined {
  const inherited = inheritedExecArgv(execArgv);
  const others = execArgv.filter((flag) => !inherited.includes(flag) && !flag.startsWith("--inspect"));
  if (others.length === 0) return undefined;
  try {
    const probe = new Worker("", { eval: true, execArgv: others });
    probe.on("error", () => {});
    void probe.terminate();
    return undefined;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    return code === "ERR_WORKER_INVALID_EXEC_ARGV"
      ? `A thread cannot have these flags: ${message}`
      : undefined;
  }
}

function refusal(what: string, instead: string): PluginError {
  return new PluginError("ERR_PARITY", `${what}, and parity is "strict". ${instead} with parity: "loose".`);
}
