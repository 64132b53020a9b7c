import { realpathSync } from "node:fs";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { PluginError } from "../../errors.js";
import { workerFlags } from "../permission-flags.js";
import type { HandshakeTransport, LaunchRequest, PluginLimits, RunningPlugin } from "../transport.js";
import type { ThreadData } from "./messages.js";
import { runningThread } from "./running.js";

const preload = fileURLToPath(new URL("../../../workers/thread.cjs", import.meta.url));

/** Runs plugins in worker threads of this process, where the same handshake happens over MessagePorts. */
export function threadTransport(): HandshakeTransport {
  return { name: "thread", launch: launchThread };
}

function launchThread(request: LaunchRequest): RunningPlugin {
  checkThreadRequest(request);
  const { port1: control, port2: guestPort } = new MessageChannel();
  return runningThread(startWorker(request, guestPort), control, request.stdin);
}

/** Throws `ERR_OPTION` or `ERR_PARITY` for what no thread can do. */
export function checkThreadRequest({ target, cwd }: LaunchRequest): void {
  if (target.kind !== "module") {
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run the command ${target.path}. Use processTransport() for it.`,
    );
  }
  if (cwd !== undefined && !isWorkingDirectory(cwd)) {
    throw new PluginError(
      "ERR_PARITY",
      `A thread shares its host's working directory, so ${target.path} cannot have ${cwd}. Use processTransport() for it.`,
    );
  }
}

/** By its real path: `.` or a link to the folder name the same one. */
function isWorkingDirectory(path: string): boolean {
  try {
    return realpathSync(path) === process.cwd();
  } catch {
    return false;
  }
}

function startWorker(request: LaunchRequest, guestPort: MessagePort): Worker {
  const { target, args, env, execArgv, stdin, limits, debug } = request;
  const data: ThreadData = { portcall: guestPort, debug };
  try {
    return new Worker(pathToFileURL(target.path), {
      argv: [...args],
      env: { ...env },
      execArgv: ["--require", preload, ...workerFlags(execArgv)],
      stdin: stdin !== "ignore",
      stdout: true,
      stderr: true,
      workerData: data,
      transferList: [guestPort],
      resourceLimits: resourceLimits(limits),
    });
  } catch (cause) {
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run ${target.path} with these options: ${(cause as Error).message}.`,
      { cause },
    );
  }
}

/** A plugin's limits in a Worker's words. */
export function resourceLimits({ memoryMb, stackMb }: PluginLimits): {
  maxOldGenerationSizeMb?: number;
  stackSizeMb?: number;
} {
  return {
    ...(memoryMb === undefined ? {} : { maxOldGenerationSizeMb: memoryMb }),
    ...(stackMb === undefined ? {} : { stackSizeMb: stackMb }),
  };
}
