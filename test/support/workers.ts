import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Worker } from "node:worker_threads";
import { onTestFinished } from "vitest";

/** Calls back when this process starts a thread or a process. Of a thread Node tells in the turn after its start. */
export function onWorkerStarted(listener: (worker: Worker | ChildProcess) => void): void {
  const child = (message: unknown) => listener((message as { process: ChildProcess }).process);
  process.on("worker", listener);
  subscribe("child_process", child);
  onTestFinished(() => {
    process.off("worker", listener);
    unsubscribe("child_process", child);
  });
}

export function forceWorker(worker: Worker | ChildProcess): void {
  if ("terminate" in worker) void worker.terminate();
  else worker.kill("SIGKILL");
}
