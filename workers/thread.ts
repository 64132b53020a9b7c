import workerThreads from "node:worker_threads";
import { threadGuest } from "../src/transports/thread/guest.js";
import type { ThreadData } from "../src/transports/thread/messages.js";

// Preloaded before a plugin that is the entry of its worker thread. Workers that the plugin starts inherit the preload.
const data = workerThreads.workerData as ThreadData | null | undefined;
if (data?.portcall instanceof workerThreads.MessagePort) {
  (workerThreads as { workerData: unknown }).workerData = null;
  Object.defineProperty(globalThis, Symbol.for("portcall.guest.1"), { value: threadGuest(data.portcall) });
  // The preload itself, which stands first: what the plugin forks would get it too.
  process.execArgv.splice(0, 2);
}
