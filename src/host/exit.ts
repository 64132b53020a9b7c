import { PluginError, pluginErrorCodes } from "../errors.js";
import type { ExitStatus, PluginExit } from "../transports/transport.js";
import { printedFatalError } from "./fatal-error.js";

/**
 * Names an end by its cause where the plugin's last words tell it: a process that ran out of memory ends by a signal,
 * and one that crashed ends with status 1, but Node says on stderr what happened.
 */
export function explainExit(status: ExitStatus, stderrTail: string): PluginExit {
  return { ...explain(status, stderrTail), stderrTail };
}

function explain(status: ExitStatus, tail: string): ExitStatus {
  const aborted =
    (status.how === "signalled" && status.signal === "SIGABRT") ||
    (status.how === "exited" && status.code === 134);
  if (aborted && tail.includes("JavaScript heap out of memory")) return { how: "out-of-memory" };
  if (status.how === "exited" && (status.code === 1 || status.code === 7)) {
    const error = printedFatalError(tail);
    if (error !== undefined) return { how: "crashed", error };
  }
  return status;
}

/** How a plugin ended, for a sentence. */
export function describeExit(exit: ExitStatus): string {
  switch (exit.how) {
    case "exited":
      return `exit code ${exit.code}`;
    case "signalled":
      return `signal ${exit.signal}`;
    case "crashed":
      return `crashed: ${exit.error instanceof Error ? `${exit.error.name}: ${exit.error.message}` : String(exit.error)}`;
    case "killed":
      return exit.forced ? "killed by force" : "killed";
    case "out-of-memory":
      return "out of memory";
    case "stuck":
      return "stuck in a native call that cannot be ended";
    case "never-started":
      return "never started";
  }
}

/** The end of a plugin's stderr, for the end of a message. */
export function quoteTail(tail: string): string {
  const text = tail.trimEnd();
  return text === "" ? "It wrote nothing to stderr." : `Its stderr ends:\n${text.replace(/^/gm, "  | ")}`;
}

/** The failure that a portcall plugin printed last before it ended: a line such as `[ERR_NO_FREE_PORT] …`. */
export function printedError(tail: string): PluginError | undefined {
  const [, printed, message = ""] = [...tail.matchAll(/^\[(ERR_[A-Z_]+)\] (.*)/gm)].at(-1) ?? [];
  const code = pluginErrorCodes.find((known) => known === printed);
  return code === undefined ? undefined : new PluginError(code, message);
}
