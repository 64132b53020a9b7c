import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { MessageChannel, type Worker } from "node:worker_threads";
import { resourceLimits } from "../thread/host.js";
import { runningThread } from "../thread/running.js";
import type { LaunchRequest, RunningPlugin } from "../transport.js";
import type { ThreadTask } from "./messages.js";
import { poolOfOne } from "./pool.js";
import type { SpareSettings } from "./settings.js";
import type { Spare } from "./shelf.js";

const entry = fileURLToPath(new URL("../../../workers/spare-thread.mjs", import.meta.url));

export function startSpareThread({ execArgv, limits, baseEnv }: SpareSettings): Spare {
  const pool = poolOfOne({
    runtime: "worker_threads",
    filename: entry,
    execArgv: [...execArgv],
    env: { ...baseEnv },
    resourceLimits: resourceLimits(limits),
  });
  const { thread: worker } = pool.worker as { readonly thread: Worker };
  // What it writes before it is given a plugin, a warning of Node's for one, waits for that plugin's host.
  worker.stdout.unpipe(process.stdout);
  worker.stderr.unpipe(process.stderr);
  return {
    ready: booted(worker),
    gone: new Promise((resolve) => void worker.once("exit", () => resolve())),
    run: (request) => runOn(worker, pool.run, request),
    end: () => void worker.terminate(),
  };
}

/** The pool's worker says that it is ready; nothing else speaks on its port before it has a task. */
async function booted(worker: Worker): Promise<void> {
  const exit = once(worker, "exit").then(([code]) => {
    throw new Error(`it ended with exit code ${code}`);
  });
  exit.catch(() => {});
  await Promise.race([once(worker, "message"), exit]);
}

function runOn(
  worker: Worker,
  give: (task: ThreadTask, transfer: [MessageChannel["port2"]]) => void,
  { target, args, env }: LaunchRequest,
): RunningPlugin {
  const { port1, port2 } = new MessageChannel();
  worker.ref();
  const running = runningThread(worker, port1, "ignore");
  give({ path: target.path, args, env, control: port2 }, [port2]);
  return running;
}
