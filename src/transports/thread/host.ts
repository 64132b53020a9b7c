import { realpathSync } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { PluginError } from "../../errors.js";
import { type Ending, ending, within } from "../ending.js";
import { endChild, groupLives } from "../process-group.js";
import { reaper } from "../reaper.js";
import { feedStdin } from "../stdin.js";
import type {
  ExitStatus,
  HandshakeTransport,
  LaunchRequest,
  PluginAddress,
  RunningPlugin,
  Wire,
} from "../transport.js";
import type { ThreadData, ToGuest, ToHost } from "./messages.js";
import { claimPort, connectorOf, releasePort } from "./ports.js";
import { portWire } from "./wire.js";

const preload = fileURLToPath(new URL("../../../workers/thread.cjs", import.meta.url));

/** What a reader of the plugin's output may lag behind its end. */
const drainMs = 250;

/** Runs plugins in worker threads of this process, where the same handshake happens over MessagePorts. */
export function threadTransport(): HandshakeTransport {
  return { name: "thread", launch: launchThread };
}

function launchThread(request: LaunchRequest): RunningPlugin {
  const { port1: control, port2: guestPort } = new MessageChannel();
  const worker = startWorker(request, guestPort);
  const tell = (message: ToGuest, transfer: MessagePort[] = []) => control.postMessage(message, transfer);
  const end = ending({
    ask: () => tell({ type: "signal", signal: "SIGTERM" }),
    force: () => void worker.terminate(),
  });
  const near = nearSide(control, tell);
  if (request.stdin !== "ignore") {
    const source = request.stdin === "inherit" ? process.stdin : request.stdin;
    void end.exited.then(feedStdin(source, worker.stdin as Writable));
  }
  void end.exited.then((status) => {
    if (status.how === "stuck") worker.unref();
  });
  reportEnd(worker, end, near);
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

function startWorker(request: LaunchRequest, guestPort: MessagePort): Worker {
  const { target, args, env, execArgv, cwd, stdin, limits } = request;
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
  const data: ThreadData = { portcall: guestPort };
  try {
    return new Worker(pathToFileURL(target.path), {
      argv: [...args],
      env: { ...env },
      execArgv: ["--require", preload, ...execArgv],
      stdin: stdin !== "ignore",
      stdout: true,
      stderr: true,
      workerData: data,
      transferList: [guestPort],
      resourceLimits: {
        ...(limits.memoryMb === undefined ? {} : { maxOldGenerationSizeMb: limits.memoryMb }),
        ...(limits.stackMb === undefined ? {} : { stackSizeMb: limits.stackMb }),
      },
    });
  } catch (cause) {
    throw new PluginError(
      "ERR_OPTION",
      `A thread cannot run ${target.path} with these options: ${(cause as Error).message}.`,
      { cause },
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

/** The host's end of a thread's control port. */
interface NearSide {
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** How the guest said it is about to end. */
  signalled(): string | undefined;
  /** Takes what the thread sent before it ended, and ends the output. */
  finish(): void;
}

function nearSide(
  control: MessagePort,
  tell: (message: ToGuest, transfer?: MessagePort[]) => void,
): NearSide {
  const output = { stdout: emptyReadable(), stderr: emptyReadable() };
  const ended = { stdout: false, stderr: false };
  const children = new Set<number>();
  let claimed: number | undefined;
  let signalName: string | undefined;

  const unclaim = () => {
    if (claimed !== undefined) releasePort(claimed);
    claimed = undefined;
  };
  const connector = () => {
    const { port1, port2 } = new MessageChannel();
    tell({ type: "connection", port: port2 }, [port2]);
    return port1;
  };
  const endOutput = (stream: "stdout" | "stderr") => {
    if (!ended[stream]) output[stream].push(null);
    ended[stream] = true;
  };
  const receive = (message: ToHost) => {
    switch (message.type) {
      case "output":
        if (!ended[message.stream]) output[message.stream].push(bytesOf(message.chunk));
        break;
      case "output-end":
        endOutput(message.stream);
        break;
      case "claim":
        unclaim();
        claimed = claimPort(message.range, connector);
        tell({ type: "claimed", port: claimed });
        break;
      case "unclaim":
        unclaim();
        break;
      case "child":
        children.add(message.pid);
        reaper.watch(message.pid);
        break;
      case "child-gone":
        if (!groupLives(message.pid)) forgetChild(message.pid, children);
        break;
      case "signalled":
        signalName = message.signal;
        break;
    }
  };
  control.on("message", receive);
  control.unref();

  return {
    ...output,
    signalled: () => signalName,
    finish: () => {
      for (let last = receiveMessageOnPort(control); last; last = receiveMessageOnPort(control)) {
        receive(last.message as ToHost);
      }
      control.close();
      unclaim();
      for (const pid of [...children]) {
        endChild(pid);
        forgetChild(pid, children);
      }
      endOutput("stdout");
      endOutput("stderr");
    },
  };
}

function forgetChild(pid: number, children: Set<number>): void {
  reaper.forget(pid);
  children.delete(pid);
}

function reportEnd(worker: Worker, end: Ending, near: NearSide): void {
  let status: ExitStatus | undefined;
  worker.once("error", (error: NodeJS.ErrnoException) => {
    const outOfMemory = error.code === "ERR_WORKER_OUT_OF_MEMORY";
    status = outOfMemory ? { how: "out-of-memory" } : { how: "crashed", error };
  });
  worker.once("exit", async (code) => {
    near.finish();
    const signalName = near.signalled();
    status ??= signalName === undefined ? { how: "exited", code } : { how: "signalled", signal: signalName };
    await within(drainMs, Promise.allSettled([finished(near.stdout), finished(near.stderr)]));
    end.ended(status);
  });
  // What is written past the guest, such as a warning before it is installed.
  worker.stderr.on("data", (chunk: Buffer) => near.stderr.push(chunk));
  worker.stdout.resume();
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

function emptyReadable(): Readable {
  return new Readable({ read: () => {} });
}

function bytesOf(chunk: string | Uint8Array): Buffer {
  return typeof chunk === "string"
    ? Buffer.from(chunk)
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
