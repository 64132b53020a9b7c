import { syncBuiltinESMExports } from "node:module";
import workerThreads, { MessageChannel, MessagePort } from "node:worker_threads";
import { keepToParity } from "../src/guest/parity.js";
import { prepareThread } from "../src/transports/thread/guest.js";
import type { PooledTask } from "../src/transports/thread/messages.js";
import { becomePlugin, forever, loadedAhead } from "../src/transports/warm/guest.js";
import { rehearse } from "./rehearsal.js";

const bindToHost = prepareThread();
// The plugin finds what this loads loaded, where it uses this copy of portcall.
await rehearse();
loadedAhead();

let pool: MessagePort | undefined;
/** Kept, for a port whose other end is lost closes. */
const nobody = new MessageChannel();

// When a pool has loaded this file it starts the port on which it gives out tasks, and from then on uses no other:
// tinypool by `start()`, piscina by hearing it, which is a `ref()`.
const { start, ref } = MessagePort.prototype;
const caught = (use: () => void) =>
  function (this: MessagePort) {
    Object.assign(MessagePort.prototype, { start, ref });
    pool = this;
    use.call(this);
    hidePool();
  };
Object.assign(MessagePort.prototype, { start: caught(start), ref: caught(ref) });

/**
 * What a plugin does to its parentPort must not reach the pool, which takes any message for a failure. Nobody hears the
 * one of a cold thread either.
 */
function hidePool(): void {
  workerThreads.parentPort?.unref();
  Object.assign(workerThreads, { parentPort: nobody.port1, workerData: null });
  syncBuiltinESMExports();
}

/** Turns this spare thread into a thread that was started with the plugin as its entry. */
export default function run({ control, ...task }: PooledTask): Promise<never> {
  pool?.unref();
  Object.defineProperty(globalThis, Symbol.for("portcall.guest.1"), { value: bindToHost(control) });
  becomePlugin(task);
  keepToParity();
  return forever;
}
