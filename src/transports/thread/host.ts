import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, Worker } from "node:worker_threads";
import { workerFlags } from "../permission-flags.js";
import type { HandshakeTransport, LaunchRequest, RunningPlugin } from "../transport.js";
import type { ThreadData } from "./messages.js";
import { threadReplicas } from "./replicas.js";
import { checkThreadRequest, resourceLimits } from "./request.js";
import { runningThread } from "./running.js";
import { startedOrNot } from "./start-failure.js";

const preload = fileURLToPath(new URL("../../../workers/thread.cjs", import.meta.url));

/** Runs plugins in worker threads of this process, where the same handshake happens over MessagePorts. */
export function threadTransport(): HandshakeTransport {
  return { name: "thread", launch: launchThread, replicas: () => threadReplicas(launchThread) };
}

function launchThread(request: LaunchRequest): RunningPlugin {
  checkThreadRequest(request);
  const { path } = request.target;
  return startedOrNot(path, () => {
    const { port1: control, port2: guestPort } = new MessageChannel();
    try {
      return runningThread(startWorker(request, guestPort), control, request);
    } catch (error) {
      control.close();
      throw error;
    }
  });
}

function startWorker(request: LaunchRequest, guestPort: MessagePort): Worker {
  const { target, args, env, execArgv, stdin, limits, debug } = request;
  const data: ThreadData = { portcall: guestPort, debug };
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
}
