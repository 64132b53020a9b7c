import workerThreads from "node:worker_threads";
import { threadGuest } from "../src/transports/thread/guest.js";
import type { ThreadData } from "../src/transports/thread/messages.js";

// Preloaded before a plugin that is the entry of its worker thread.
const { portcall } = workerThreads.workerData as ThreadData;
(workerThreads as { workerData: unknown }).workerData = null;
Object.defineProperty(globalThis, Symbol.for("portcall.guest.1"), { value: threadGuest(portcall) });
