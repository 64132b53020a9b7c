import type Inspector from "node:inspector";
import workerThreads from "node:worker_threads";
import { threadGuest } from "../src/transports/thread/guest.js";
import type { ThreadData } from "../src/transports/thread/messages.js";

// Preloaded before a plugin that is the entry of its worker thread. What the plugin starts may inherit the flag that
// loads this file: there it does nothing.
const { portcall, debug } = Object(workerThreads.workerData) as Partial<ThreadData>;
if (portcall instanceof workerThreads.MessagePort) {
  (workerThreads as { workerData: unknown }).workerData = null;
  const preload = process.execArgv.indexOf(__filename);
  if (preload > 0) process.execArgv.splice(preload - 1, 2);
  Object.defineProperty(globalThis, Symbol.for("portcall.guest.1"), { value: threadGuest(portcall) });
  if (debug) openInspector();
}

/** Node tells of a thread's inspector on the host's own stderr alone; in a process the plugin's stderr has it. */
function openInspector(): void {
  // Loaded in debugging alone: it would be part of every start.
  const inspector: typeof Inspector = require("node:inspector");
  inspector.open(0, "127.0.0.1");
  process.stderr.write(`Debugger listening on ${inspector.url()}\n`);
}
