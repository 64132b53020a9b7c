import type { PluginError } from "../../errors.js";
import { replace } from "./replace.js";

/** What stops a process, or opens its inspector. */
const withoutThread = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGUSR1"];

/**
 * A plugin signals itself and what it started; its host and its host's group it does not, for in a thread these are other
 * processes than in a process. Signal 0 asks only, and may ask of any.
 */
export function restrictSignals(
  { pid: own, ppid }: NodeJS.Process,
  refusal: (what: string, why: string, instead: string) => PluginError,
): void {
  replace(process, "kill", (kill) => (pid, signal = "SIGTERM") => {
    const call = `process.kill() with ${signal}`;
    const target = Number(pid);
    if (signal !== 0 && (target === ppid || target === 0 || target === -1 || target === -own)) {
      throw refusal(
        `${call} to the plugin's parent or its group`,
        "a thread's are those of its host",
        "Signal the children by their pids",
      );
    }
    const name = String(signal);
    if (target === own && withoutThread.includes(name) && process.listenerCount(name) === 0) {
      throw refusal(`${call} to the plugin itself`, "a thread cannot be stopped", "Listen for it");
    }
    return kill.call(process, pid, signal);
  });
}
