import { realpathSync } from "node:fs";
import { Readable, type Writable } from "node:stream";
import { finished } from "node:stream/promises";
import { fileURLToPath, pathToFileURL } from "node:url";
import { inspect } from "node:util";
import { MessageChannel, type MessagePort, receiveMessageOnPort, Worker } from "node:worker_threads";
import { PluginError } from "../../errors.js";
import { type Ending, ending, within } from "../ending.js";
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
import { threadChildren } from "./children.js";
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
  reaper.prepare();
  const near = nearSide(control, tell);
  if (request.stdin !== "ignore") {
    const source = request.stdin === "inherit" ? process.stdin : request.stdin;
    void end.exited.then(feedStdin(source, worker.stdin as Writable));
  }
  void end.exited.then((status) => {
    if (status.how !== "stuck") return;
    // What cannot be ended must not keep the host alive, nor its own children or its port.
    near.finish();
    worker.unref();
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
  const { target, args, env, execArgv, cwd, stdin, limits, debug } = request;
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
  const data: ThreadData = { portcall: guestPort, debug };
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
  /** Takes what was written to stderr past the guest, such as a warning before it was installed. */
  stray(chunk: Buffer): void;
  /** Takes what the thread sent before it ended, ends its output and its children. Safe to call twice. */
  finish(): void;
}

function nearSide(
  control: MessagePort,
  tell: (message: ToGuest, transfer?: MessagePort[]) => void,
): NearSide {
  const output = { stdout: emptyReadable(), stderr: emptyReadable() };
  const ended = { stdout: false, stderr: false };
  const children = threadChildren();
  let claimed: number | undefined;
  let signalName: string | undefined;
  let isFinished = false;

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
        children.started(message.pid);
        break;
      case "child-gone":
        children.gone(message.pid);
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
    stray: (chunk) => receive({ type: "output", stream: "stderr", chunk }),
    finish: () => {
      if (isFinished) return;
      isFinished = true;
      for (let last = receiveMessageOnPort(control); last; last = receiveMessageOnPort(control)) {
        receive(last.message as ToHost);
      }
      control.close();
      unclaim();
      children.end();
      endOutput("stdout");
      endOutput("stderr");
    },
  };
}

function reportEnd(worker: Worker, end: Ending, near: NearSide): void {
  let status: ExitStatus | undefined;
  worker.on("error", (thrown: unknown) => {
    status ??= isOutOfMemory(thrown) ? { how: "out-of-memory" } : { how: "crashed", error: asError(thrown) };
  });
  worker.once("exit", (code) => {
    near.finish();
    const signalName = near.signalled();
    status ??= signalName === undefined ? { how: "exited", code } : { how: "signalled", signal: signalName };
    const drained = Promise.allSettled([finished(near.stdout), finished(near.stderr)]);
    end.ended(status, within(drainMs, drained));
  });
  worker.stderr.on("data", near.stray);
  worker.stdout.resume();
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

function emptyReadable(): Readable {
  return new Readable({ read: () => {} });
}

function bytesOf(chunk: string | Uint8Array): Buffer {
  return typeof chunk === "string"
    ? Buffer.from(chunk)
    : Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
}
