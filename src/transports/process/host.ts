import { type ChildProcess, spawn } from "node:child_process";
import { connect as connectSocket } from "node:net";
import { availableParallelism } from "node:os";
import { PassThrough, type Readable } from "node:stream";
import { PluginError } from "../../errors.js";
import { type Ending, ending } from "../ending.js";
import { endChild, hasProcessGroups } from "../process-group.js";
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
import { loadV8 } from "./values.js";
import { socketWire } from "./wire.js";

export interface ProcessTransportOptions {
  /**
   * Whether the plugin leads a process group of its own (default). Then a Ctrl-C in the terminal does not reach it, and
   * what it started is ended with it. With `false` it keeps the terminal, for ssh and sudo prompts, and only the plugin
   * itself is ended.
   */
  readonly detached?: boolean;
}

/** What a process that left the plugin's group on purpose may hold its pipes for, after the plugin has ended. */
const drainMs = 250;

/** Runs plugins as child processes that listen on a loopback port and announce it on stdout. */
export function processTransport({ detached = true }: ProcessTransportOptions = {}): HandshakeTransport {
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
  const end = ending({
    ask: () => child?.kill("SIGTERM"),
    force: () => {
      if (child?.pid === undefined) return;
      if (leadsGroup) endChild(child.pid);
      else child.kill("SIGKILL");
    },
  });
  if (child === undefined) return neverStarted(end, spawnError(request, problem));
  if (child.pid !== undefined && leadsGroup) reaper.watch(child.pid);
  if (typeof request.stdin !== "string" && child.stdin !== null) {
    child.once("exit", feedStdin(request.stdin, child.stdin));
  }
  reportEnd(child, end, request, leadsGroup);
  // A host that has no file descriptors left gets a child without pipes, and then its error.
  return {
    id: `pid ${child.pid}`,
    stdout: child.stdout ?? nothing(),
    stderr: child.stderr ?? nothing(),
    exited: end.exited,
    connect: (address) => connectWire(address, end.exited),
    interrupt: () => void child.kill("SIGINT"),
    stop: end.stop,
  };
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
        env: { UV_THREADPOOL_SIZE: threadPoolSize(), ...env },
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

/** The original's rule for GOMAXPROCS, where nobody set it: all CPUs, and no fewer threads than libuv has by itself. */
function threadPoolSize(): string {
  return String(Math.max(4, availableParallelism()));
}

function nodeFlags({ execArgv, limits: { memoryMb, stackMb }, debug }: LaunchRequest): string[] {
  // The caller may have asked for an inspector of another kind.
  const inspects = execArgv.some((flag) => flag.startsWith("--inspect"));
  return [
    ...execArgv,
    ...(debug && !inspects ? ["--inspect=127.0.0.1:0"] : []),
    ...(memoryMb === undefined ? [] : [`--max-old-space-size=${memoryMb}`]),
    ...(stackMb === undefined ? [] : [`--stack-size=${Math.floor(stackMb * 1_024)}`]),
  ];
}

/** Sweeps the group once its leader is gone, lets the pipes run dry, and says how it ended. */
function reportEnd(child: ChildProcess, end: Ending, request: LaunchRequest, leadsGroup: boolean): void {
  // Also emitted for a signal that could not be sent: such a plugin turns out to be stuck.
  child.on("error", (cause) => {
    if (child.pid === undefined) end.ended({ how: "never-started", error: spawnError(request, cause) });
  });
  child.once("exit", (code, signal) => {
    if (leadsGroup && child.pid !== undefined) {
      endChild(child.pid);
      reaper.forget(child.pid);
    }
    const status: ExitStatus =
      signal === null ? { how: "exited", code: code ?? 0 } : { how: "signalled", signal };
    end.ended(status, drained(child));
  });
  // What cannot be ended must not keep the host alive. The reaper tries once more when the host is gone.
  void end.exited.then((status) => {
    if (status.how !== "stuck") return;
    child.unref();
    letGo(child);
  });
}

function drained(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => letGo(child), drainMs);
    child.once("close", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}

function letGo(child: ChildProcess): void {
  child.stdout?.destroy();
  child.stderr?.destroy();
}

function connectWire({ host, port, text }: PluginAddress, exited: Promise<unknown>): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = connectSocket({ host, port });
    void exited.then(() => socket.connecting && socket.destroy());
    const refused = (cause: Error) => {
      reject(
        new PluginError(
          "ERR_CONNECT",
          `Could not connect to the plugin at ${text}: ${cause.message}. It must listen where it announces.`,
          { cause },
        ),
      );
    };
    socket.once("error", refused);
    socket.once("connect", () => {
      socket.off("error", refused);
      const wire = socketWire(socket);
      void loadV8().then(() => resolve(wire));
    });
  });
}

function neverStarted(end: Ending, error: PluginError): RunningPlugin {
  end.ended({ how: "never-started", error });
  return {
    id: "no process",
    stdout: nothing(),
    stderr: nothing(),
    exited: end.exited,
    connect: () => Promise.reject(error),
    interrupt: () => {},
    stop: end.stop,
  };
}

function nothing(): Readable {
  return new PassThrough().end();
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
