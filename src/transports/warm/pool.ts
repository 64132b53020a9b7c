import type { TransferListItem } from "node:worker_threads";
import { type Options, Tinypool } from "tinypool";

/** A pool that starts one worker in its life and gives it one task, which is a plugin's life. */
export interface PoolOfOne {
  /** The pool's worker, with more to it than its type says. */
  readonly worker: unknown;
  run(task: object, transferList?: readonly TransferListItem[]): void;
}

/** Whether a worker tells its pool that it can be given a task. */
export function saysReady(message: unknown): boolean {
  return (message as { readonly ready?: unknown } | null)?.ready === true;
}

export function poolOfOne(options: Options): PoolOfOne {
  const pool = new Tinypool({
    ...options,
    isolateWorkers: true,
    minThreads: 1,
    maxThreads: 1,
    // Otherwise the worker's thread stands still while it has no task.
    useAtomics: false,
  });
  // A worker that dies is replaced by its supply, not by its pool.
  pool.options.minThreads = 0;
  pool.on("error", () => {});
  return {
    worker: pool.threads[0],
    run: (task, transferList = []) => {
      // How the worker ends is heard from itself: a pool does not notice a thread that exits.
      pool.run(task, { transferList: [...transferList] as never }).catch(() => {});
    },
  };
}
