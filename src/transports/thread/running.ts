import type { Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { inspect } from "node:util";
import type { MessagePort, Worker } from "node:worker_threads";
import { PluginError } from "../../errors.js";
import { type Ending, ending, within } from "../ending.js";
import { reaper } from "../reaper.js";
import { feedStdin } from "../stdin.js";
import type { ExitStatus, LaunchRequest, PluginAddress, RunningPlugin, Wire } from "../transport.js";
import type { ToGuest } from "./messages.js";
import { type NearSide, nearSide } from "./near-side.js";
import { connectorOf } from "./ports.js";
import { cannotStart, isInitFailure } from "./start-failure.js";
import { portWire } from "./wire.js";

/** What a reader of the plugin's output may lag behind its end. */
const drainMs = 250;

/**
 * The plugin on a worker thread whose guest has, or is about to get, the other end of `control`. For a `stdin` that is
 * not ignored the worker must have been made with one.
 */
export function runningThread(
  worker: Worker,
  control: MessagePort,
  { target, stdin }: Pick<LaunchRequest, "target" | "stdin">,
): RunningPlugin {
  const tell = (message: ToGuest, transfer: MessagePort[] = []) => control.postMessage(message, transfer);
  const end = ending({
    ask: () => tell({ type: "signal", signal: "SIGTERM" }),
    force: () => void worker.terminate(),
  });
  reaper.prepare();
  const near = nearSide(control, tell);
  if (stdin !== "ignore") {
    const source = stdin === "inherit" ? process.stdin : stdin;
    void end.exited.then(feedStdin(source, worker.stdin as Writable));
  }
  void end.exited.then((status) => {
    if (status.how !== "stuck") return;
    // What cannot be ended must not keep the host alive, nor its own children or its port.
    near.finish();
    worker.unref();
  });
  reportEnd(worker, target.path, end, near);
  return {
    id: `thread ${worker.threadId}`,
    stdout: near.stdout,
    stderr: near.stderr,
    exited: end.exited,
    connect: connectWire,
    interrupt: () => tell({ type: "signal", signal: "SIGINT" }),
    stop: end.stop,
  };
}

function reportEnd(worker: Worker, path: string, end: Ending, near: NearSide): void {
  let status: ExitStatus | undefined;
  worker.on("error", (thrown: unknown) => {
    status ??= statusOf(thrown, path);
  });
  worker.once("exit", (code) => {
    near.finish();
    const signalName = near.signalled();
    // A system keeps the lowest byte of a process's code.
    const kept = code & 0xff;
    status ??=
      signalName === undefined ? { how: "exited", code: kept } : { how: "signalled", signal: signalName };
    const drained = Promise.allSettled([finished(near.stdout), finished(near.stderr)]);
    end.ended(status, within(drainMs, drained));
  });
  worker.stdout.on("data", (chunk: Buffer) => near.stray("stdout", chunk));
  worker.stderr.on("data", (chunk: Buffer) => near.stray("stderr", chunk));
}

function statusOf(thrown: unknown, path: string): ExitStatus {
  if (isInitFailure(thrown)) return { how: "never-started", error: cannotStart(path, thrown) };
  return isOutOfMemory(thrown) ? { how: "out-of-memory" } : { how: "crashed", error: asError(thrown) };
}

function isOutOfMemory(thrown: unknown): boolean {
  return thrown instanceof Error && "code" in thrown && thrown.code === "ERR_WORKER_OUT_OF_MEMORY";
}

/** A plugin may throw what is no error, `null` included. Its words are those that Node prints for a process. */
function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  return new Error(typeof thrown === "string" ? thrown : inspect(thrown), { cause: thrown });
}

async function connectWire({ port, text }: PluginAddress): Promise<Wire> {
  const connect = connectorOf(port);
  if (connect !== undefined) return portWire(connect());
  const cause = Object.assign(new Error(`connect ECONNREFUSED ${text}`), { code: "ECONNREFUSED" });
  throw new PluginError(
    "ERR_CONNECT",
    `Could not connect to the plugin at ${text}: ${cause.message}. It must listen where it announces.`,
    { cause },
  );
}
