import type { ChildProcess } from "node:child_process";
import { subscribe, unsubscribe } from "node:diagnostics_channel";
import type { Socket } from "node:net";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { getSystemErrorName } from "node:util";
import { type Environment, environmentChange } from "../environment-change.js";
import { limitFlags, processEnvironment } from "../process/host.js";
import { runningProcess } from "../process/running.js";
import { endChild, groupLives, hasProcessGroups } from "../process-group.js";
import { reaper } from "../reaper.js";
import type { LaunchRequest, RunningPlugin } from "../transport.js";
import type { ProcessTask } from "./messages.js";
import { type PoolOfOne, poolOfOne, saysReady } from "./pool.js";
import type { SpareSettings } from "./settings.js";
import type { Spare } from "./shelf.js";

const entry = fileURLToPath(new URL("../../../workers/spare-process.mjs", import.meta.url));

/** Starts a process that is what a plugin's process is: its output in pipes, and the leader of a group. */
export function startSpareProcess({ execArgv, limits, baseEnv }: SpareSettings): Spare {
  const env = processEnvironment(baseEnv);
  const { child, run } = adopted(() =>
    poolOfOne({
      runtime: "child_process",
      filename: entry,
      execArgv: [...execArgv, ...limitFlags(limits)],
      env,
    }),
  );
  const { pid } = child;
  const leadsGroup = pid !== undefined && groupLives(pid);
  if (leadsGroup) reaper.watch(pid);
  child.stdin?.on("error", () => {});
  return {
    ready: booted(child),
    gone: new Promise((settle) => {
      const gone = () => {
        if (leadsGroup) {
          endChild(pid);
          reaper.forget(pid);
        }
        settle();
      };
      child.once("exit", gone);
      if (pid === undefined) child.once("error", gone);
    }),
    get isOver() {
      // A pool cannot reach one that has left its channel.
      return child.exitCode !== null || child.signalCode !== null || !child.connected;
    },
    run: (request) => runOn(child, run, leadsGroup, env, request),
    end: () => void child.kill("SIGKILL"),
  };
}

/** Resolves when the pool's worker says that it is ready. What is preloaded may say other things before. */
async function booted(child: ChildProcess): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    child.on("message", (message) => {
      if (saysReady(message)) resolve();
    });
    child.once("error", (cause) => {
      if (child.pid === undefined) reject(cause);
    });
    child.once("exit", (code, signal) => {
      const words = String(child.stderr?.read() ?? "").trim();
      reject(new Error(`it ended with ${signal ?? `exit code ${code}`}${words === "" ? "" : `: ${words}`}`));
    });
  });
}

function runOn(
  child: ChildProcess,
  give: (task: ProcessTask) => void,
  leadsGroup: boolean,
  startEnv: Environment,
  { target, args, env, cwd, stdin }: LaunchRequest,
): RunningPlugin {
  // First, for it throws where the host's own folder is gone.
  const folder = resolve(cwd ?? ".");
  for (const part of [child, ...outputs(child)]) part.ref();
  // It closes its channel when it has turned into the plugin, and until then ignores interrupts.
  const taken = new Promise<void>((settle) => void child.once("disconnect", () => settle()));
  const running = runningProcess(child, { leadsGroup, stdin, spawnError: (cause) => cause });
  if (stdin === "ignore") child.stdin?.end();
  give({
    path: target.path,
    args,
    env: environmentChange(startEnv, processEnvironment(env)),
    cwd: folder,
  });
  return { ...running, interrupt: () => void taken.then(() => running.interrupt()) };
}

/**
 * tinypool's children share their host's process group, and their output goes to the host's. As a thread's guest does
 * with a plugin's children, this one is caught as it is spawned: it leads a group, and keeps its output for its plugin.
 */
function adopted(fork: () => PoolOfOne): PoolOfOne & { readonly child: ChildProcess } {
  let adoptee: ChildProcess | undefined;
  const adopt = (message: unknown) => {
    const { process: child } = message as { process: ChildProcess & { spawn(options: object): number } };
    const { spawn } = child;
    child.spawn = (options) => {
      const result = spawn.call(child, { ...options, detached: hasProcessGroups });
      if (child.pid === undefined) throw neverForked(child, result);
      for (const output of outputs(child)) output.pipe = (sink) => sink;
      return result;
    };
    adoptee = child;
  };
  subscribe("child_process", adopt);
  try {
    const pool = fork();
    const child = adoptee as unknown as ChildProcess;
    for (const output of outputs(child)) Reflect.deleteProperty(output, "pipe");
    return { ...pool, child };
  } finally {
    unsubscribe("child_process", adopt);
  }
}

/** A pool waits for the end of a child that was never there, and for its channel: it must not get one. */
function neverForked(child: ChildProcess, errno: number): Error {
  // It tells of its failure in a moment, too.
  child.on("error", () => {});
  child.disconnect?.();
  return new Error(`spawn ${process.execPath} ${getSystemErrorName(errno)}`);
}

/** Its pipes. There are none where the host has no file descriptors left. */
function outputs({ stdout, stderr }: ChildProcess): Socket[] {
  return [stdout, stderr].filter((output) => output !== null && output !== undefined) as Socket[];
}
