import { type ChildProcess, spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { PluginError } from "../../errors.js";
import { checkOptionNames } from "../check-options.js";
import type { Environment } from "../environment-change.js";
import { neverStarted } from "../never-started.js";
import { hasProcessGroups } from "../process-group.js";
import type { HandshakeTransport, LaunchRequest, PluginLimits, RunningPlugin } from "../transport.js";
import { runningProcess } from "./running.js";

export interface ProcessTransportOptions {
  /**
   * Whether the plugin leads a process group of its own (default). Then a Ctrl-C in the terminal does not reach it, and
   * what it started is ended with it. With `false` it keeps the terminal, for ssh and sudo prompts, and only the plugin
   * itself is ended.
   */
  readonly detached?: boolean;
}

/** Runs plugins as child processes that listen on a loopback port and announce it on stdout. Throws `ERR_OPTION`. */
export function processTransport(options: ProcessTransportOptions = {}): HandshakeTransport {
  checkOptionNames(options, ["detached"]);
  const { detached = true } = options;
  if (typeof detached !== "boolean") {
    throw new PluginError("ERR_OPTION", `detached must be true or false; it is ${String(detached)}.`);
  }
  return { name: "process", launch: (request) => launchProcess(request, detached && hasProcessGroups) };
}

function launchProcess(request: LaunchRequest, leadsGroup: boolean): RunningPlugin {
  if (request.debug && request.target.kind === "command") {
    throw new PluginError(
      "ERR_OPTION",
      `The command ${request.target.path} cannot be debugged with debug: true, which opens Node's inspector. Pass it the flags of its own debugger in args.`,
    );
  }
  const { child, problem } = spawnChild(request, leadsGroup);
  if (child === undefined) return neverStarted("no process", spawnError(request, problem));
  return runningProcess(child, {
    leadsGroup,
    stdin: request.stdin,
    spawnError: (cause) => spawnError(request, cause),
  });
}

function spawnChild(request: LaunchRequest, detached: boolean): { child?: ChildProcess; problem?: unknown } {
  const { target, args, env, cwd, stdin } = request;
  const isModule = target.kind === "module";
  const command = isModule ? process.execPath : target.path;
  const argv = isModule ? [...nodeFlags(request), target.path, ...args] : [...args];
  const input = typeof stdin === "string" ? stdin : "pipe";
  try {
    return {
      child: spawn(command, argv, {
        env: processEnvironment(env),
        cwd,
        detached,
        stdio: [input, "pipe", "pipe"],
        windowsHide: true,
      }),
    };
  } catch (problem) {
    return { problem };
  }
}

/**
 * The environment of a plugin's process. Where nobody set it, libuv has the original's rule for GOMAXPROCS: a thread for
 * each CPU, and no fewer than it has by itself.
 */
export function processEnvironment(env: Environment): Environment {
  return { UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())), ...env };
}

function nodeFlags({ execArgv, limits, debug }: LaunchRequest): string[] {
  // The caller may have asked for an inspector of another kind.
  const inspects = execArgv.some((flag) => flag.startsWith("--inspect"));
  return [...execArgv, ...(debug && !inspects ? ["--inspect=127.0.0.1:0"] : []), ...limitFlags(limits)];
}

/** A plugin's limits in flags of Node. */
export function limitFlags({ memoryMb, stackMb }: PluginLimits): string[] {
  return [
    ...(memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`]),
    ...(stackMb === undefined ? [] : [`--stack-size=${Math.floor(stackMb * 1_024)}`]),
  ];
}

function spawnError(request: LaunchRequest, cause: unknown): PluginError {
  const { target, cwd } = request;
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError(
    "ERR_SPAWN",
    `Could not start ${target.path}${cwd === undefined ? "" : ` in ${cwd}`}: ${reason}. Check that it exists, may be executed, and that the host may start more processes.`,
    { cause },
  );
}
