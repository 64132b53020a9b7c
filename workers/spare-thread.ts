import { syncBuiltinESMExports } from "node:module";
import workerThreads, { MessageChannel, MessagePort } from "node:worker_threads";
import { threadGuest } from "../src/transports/thread/guest.js";
import { becomePlugin, forever, forgetPool } from "../src/transports/warm/guest.js";
import type { ThreadTask } from "../src/transports/warm/messages.js";
// The plugin finds it loaded, where it uses this copy of portcall.
import "../src/plugin.js";

// The pool has loaded this file and now starts the port on which it gives out tasks. It must not keep a plugin alive.
const { start } = MessagePort.prototype;
let pool: MessagePort | undefined;
MessagePort.prototype.start = function (this: MessagePort) {
  MessagePort.prototype.start = start;
  pool = this;
  start.call(this);
};

/** Kept, for a port whose other end is lost closes. */
const nobody = new MessageChannel();

/** Turns this spare thread into a thread that was started with the plugin as its entry. */
export default function run({ control, ...task }: ThreadTask): Promise<never> {
  pool?.unref();
  workerThreads.parentPort?.unref();
  // What a plugin does to its parentPort must not reach the pool. Nobody reads the one of a cold thread either.
  Object.assign(workerThreads, { parentPort: nobody.port1, workerData: null });
  syncBuiltinESMExports();
  forgetPool();
  Object.defineProperty(globalThis, Symbol.for("portcall.guest.1"), { value: threadGuest(control) });
  becomePlugin(task);
  return forever;
}
