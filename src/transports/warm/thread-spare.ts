import { once } from "node:events";
import type { Worker } from "node:worker_threads";
import { keepOutput, pooledEntry, runPooled } from "../thread/pooled.js";
import { resourceLimits } from "../thread/request.js";
import { poolOfOne } from "./pool.js";
import { likelyEnvironment, type SpareSettings } from "./settings.js";
import type { Spare } from "./shelf.js";

export function startSpareThread(settings: SpareSettings): Spare {
  const { execArgv, limits } = settings;
  const env = likelyEnvironment(settings);
  const pool = poolOfOne({
    runtime: "worker_threads",
    filename: pooledEntry,
    execArgv: [...execArgv],
    env,
    resourceLimits: resourceLimits(limits),
  });
  const { thread: worker } = pool.worker as { readonly thread: Worker };
  keepOutput(worker);
  return {
    get isOver() {
      // What a worker's number is from its end on.
      return worker.threadId === -1;
    },
    ready: booted(worker),
    gone: new Promise((resolve) => void worker.once("exit", () => resolve())),
    run: (request) => runPooled(worker, pool.run, env, request),
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
