import { syncBuiltinESMExports } from "node:module";
import v8 from "node:v8";
import workerThreads from "node:worker_threads";
import { PluginError } from "../errors.js";
import { takeStrictParity } from "../handshake/environment.js";
import { replace } from "./parity/replace.js";
import { restrictSignals } from "./parity/signals.js";
import { writeToOwnStreams } from "./parity/streams.js";

/**
 * Where the host asked for `parity: "strict"`, makes a process and a thread do the same from here on: what one of them
 * cannot do fails in both with `ERR_PARITY`. The same code runs in both, and does not ask which it is in.
 */
export function keepToParity(): void {
  if (!takeStrictParity(process.env)) return;
  writeToOwnStreams();
  for (const [name, why, instead] of processWide) {
    replace(process, name, () => () => {
      throw refusal(`process.${name}()`, why, instead);
    });
  }
  refuseSettingUmask();
  restrictSignals(process, refusal);
  refuseReports();
  refuseTracing();
  replace(v8, "setFlagsFromString", () => () => {
    throw refusal(
      "v8.setFlagsFromString()",
      "in a thread it would change its host's engine",
      "Use `limits`, or start the host with that flag",
    );
  });
  hideThread();
  ownClockAndTitle();
  syncBuiltinESMExports();
}

const asUser = "a thread has the user and the groups of its host";
const startAsUser = "Start the host as that user";

/** What belongs to a whole process, whose threads are no plugins. */
const processWide: readonly (readonly [name: string, why: string, instead: string])[] = [
  ["abort", "a thread cannot abort without its host", "Throw an error, or call process.exit()"],
  ["chdir", "a thread shares its host's working directory", "Resolve paths against a folder of your own"],
  ["setuid", asUser, startAsUser],
  ["seteuid", asUser, startAsUser],
  ["setgid", asUser, startAsUser],
  ["setegid", asUser, startAsUser],
  ["setgroups", asUser, startAsUser],
  ["initgroups", asUser, startAsUser],
  ["execve", "a thread has no process of its own to replace", "Start a child process"],
  [
    "dlopen",
    "an addon may refuse to load in a thread, and a crash in it ends the host",
    "Use JavaScript or WebAssembly instead of the addon",
  ],
];

function refuseSettingUmask(): void {
  replace(process, "umask", (umask) => (...mask) => {
    if (mask[0] === undefined) return umask.call(process);
    throw refusal(
      "process.umask() with a mask",
      "a thread shares its host's mask",
      "Pass a mode where a file is made, or chmod it",
    );
  });
}

/** Patched when it is first asked for: loading it takes time. */
function refuseReports(): void {
  const own = Object.getOwnPropertyDescriptor(process, "report");
  let patched = false;
  Object.defineProperty(process, "report", {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    get: () => {
      const report = own?.get === undefined ? own?.value : own.get.call(process);
      if (!patched) {
        replace(report, "writeReport", () => () => {
          throw refusal(
            "process.report.writeReport()",
            "a thread's would tell its host's environment",
            "Use process.report.getReport()",
          );
        });
      }
      patched = true;
      return report;
    },
  });
}

/** In a thread the module itself cannot be loaded, which Node says in its own words. */
function refuseTracing(): void {
  try {
    const tracing = process.getBuiltinModule?.("node:trace_events");
    if (tracing === undefined) return;
    replace(tracing, "createTracing", () => () => {
      throw refusal("trace_events.createTracing()", "a thread has no trace", "Trace the host");
    });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ERR_TRACE_EVENTS_UNAVAILABLE") throw error;
  }
}

/** What tells a thread from a process or leads out of it, other than `isMainThread` and `threadId`, which are as they are. */
function hideThread(): void {
  const BroadcastChannel = new Proxy(workerThreads.BroadcastChannel, {
    construct: () => {
      throw refusal(
        "A BroadcastChannel",
        "a thread's would reach its host and other plugins",
        "Call through the components, or use a MessageChannel",
      );
    },
  });
  Object.assign(workerThreads, { parentPort: null, resourceLimits: {}, BroadcastChannel });
  Object.defineProperty(globalThis, "BroadcastChannel", {
    value: BroadcastChannel,
    writable: true,
    configurable: true,
  });
}

/** A plugin's time begins with the plugin. A thread has no title; what is written there can be read again. */
function ownClockAndTitle(): void {
  replace(process, "uptime", (uptime) => {
    // Not `performance.now()`: to load its module takes two milliseconds.
    const now = () => uptime.call(process) as number;
    const started = now();
    return () => now() - started;
  });
  let title = "node";
  // Node's own does not take another value in a thread, and to delete it first would make `process` slow.
  Object.defineProperty(process, "title", {
    get: () => title,
    set: (other) => {
      title = String(other);
    },
    enumerable: true,
    configurable: true,
  });
}

/** The same words in both: nothing in them depends on where they are said. */
function refusal(what: string, why: string, instead: string): PluginError {
  return new PluginError(
    "ERR_PARITY",
    `${what} is refused, for parity is "strict" and ${why}. ${instead}, or load the plugin with parity: "loose".`,
  );
}
