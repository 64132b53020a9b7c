import { createRequire } from "node:module";
import type { Worker } from "node:worker_threads";
import type { Piscina } from "piscina";
import { within } from "../ending.js";
import { withoutParityFlags } from "../parity.js";
import type { HandshakeTransport, LaunchRequest, RunningPlugin } from "../transport.js";
import { canBePooled, keepOutput, pooledEntry, runPooled } from "./pooled.js";
import { checkThreadRequest, resourceLimits } from "./request.js";
import { startedOrNot } from "./start-failure.js";

/** What ending the workers may take. */
const endMs = 1_000;

/**
 * Runs plugins as life-long tasks of piscina's workers, one pool for each: a pool of several gives a task to whichever
 * worker is ready first, and its output and its end could not be told apart from another's until then. What
 * cannot be pooled is started as any other thread.
 */
export function threadReplicas(
  launchCold: HandshakeTransport["launch"],
): HandshakeTransport & AsyncDisposable {
  const pools = new Set<Piscina>();
  return {
    name: "thread",
    launch: (request) => {
      checkThreadRequest(request);
      if (!canBePooled(request)) return launchCold(request);
      return startedOrNot(request.target.path, () => {
        const { pool, running } = launchReplica(request);
        pools.add(pool);
        void running.exited.then(() => {
          pools.delete(pool);
          void pool.destroy();
        });
        return running;
      });
    },
    [Symbol.asyncDispose]: async () => {
      await within(endMs, Promise.all([...pools].map((pool) => pool.destroy())));
    },
  };
}

function launchReplica(request: LaunchRequest): { pool: Piscina; running: RunningPlugin } {
  const pool = piscinaOfOne(request);
  const [worker] = pool.threads as [Worker];
  keepOutput(worker);
  const running = runPooled(
    worker,
    (task, transferList) => {
      // How the worker ends is heard from itself: a pool whose worker cannot start forgets its tasks.
      pool.run(task, { transferList }).catch(() => {});
    },
    request.env,
    request,
  );
  return { pool, running };
}

function piscinaOfOne({ execArgv, env, limits }: LaunchRequest): Piscina {
  // Loaded when there is a pool, for it would take a tenth of a host's start.
  const require = createRequire(import.meta.url);
  const { Piscina } = require("piscina") as typeof import("piscina");
  const pool = new Piscina({
    filename: pooledEntry,
    minThreads: 1,
    maxThreads: 1,
    idleTimeout: Number.POSITIVE_INFINITY,
    // Otherwise the worker's thread stands still while it waits for its task.
    atomics: "async",
    env: { ...env },
    execArgv: withoutParityFlags(execArgv),
    resourceLimits: resourceLimits(limits),
  });
  // A replica that dies is replaced by the plugin's pool.
  pool.options.minThreads = 0;
  pool.on("error", () => {});
  return pool;
}
