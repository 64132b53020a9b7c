import { fileURLToPath } from "node:url";
import { MessageChannel, type MessagePort, type Worker } from "node:worker_threads";
import { type Environment, environmentChange } from "../environment-change.js";
import { isPermissionFlag } from "../permission-flags.js";
import type { LaunchRequest, RunningPlugin } from "../transport.js";
import type { PooledTask } from "./messages.js";
import { runningThread } from "./running.js";

/** What a worker loads whose entry is a pool's: its task turns it into a plugin's thread. */
export const pooledEntry: string = fileURLToPath(
  new URL("../../../workers/spare-thread.mjs", import.meta.url),
);

/** Whether a worker can do what is asked that was not started for this plugin. It has no stdin, and nothing preloaded. */
export function canBePooled({ stdin, debug, execArgv }: LaunchRequest): boolean {
  return stdin === "ignore" && !debug && !execArgv.some(isPermissionFlag);
}

/** A pool sends what its workers print to the host's own output. Here it waits for the plugin's host. */
export function keepOutput(worker: Worker): void {
  worker.stdout.unpipe(process.stdout);
  worker.stderr.unpipe(process.stderr);
}

/** Gives a worker its one task, which is a plugin's life. `startEnv` is what it was started with. */
export function runPooled(
  worker: Worker,
  give: (task: PooledTask, transfer: [MessagePort]) => void,
  startEnv: Environment,
  request: LaunchRequest,
): RunningPlugin {
  const { target, args, env } = request;
  const { port1, port2 } = new MessageChannel();
  worker.ref();
  const running = runningThread(worker, port1, request);
  give({ path: target.path, args, env: environmentChange(startEnv, env), control: port2 }, [port2]);
  return running;
}
