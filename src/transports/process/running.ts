import type { ChildProcess } from "node:child_process";
import { connect as connectSocket } from "node:net";
import { PluginError } from "../../errors.js";
import { type Ending, ending, within } from "../ending.js";
import { nothing } from "../never-started.js";
import { endChild } from "../process-group.js";
import { reaper } from "../reaper.js";
import { feedStdin } from "../stdin.js";
import type { ExitStatus, PluginAddress, PluginStdin, RunningPlugin, Wire } from "../transport.js";
import { loadV8 } from "./values.js";
import { socketWire } from "./wire.js";

/** What a process that left the plugin's group on purpose may hold its pipes for, after the plugin has ended. */
const drainMs = 250;

export interface RunningProcessOptions {
  /** Whether the child leads a process group, which ends with it. */
  readonly leadsGroup: boolean;
  /** A Readable is fed to the child's stdin; what else there is, the child was started with. */
  readonly stdin: PluginStdin;
  /** The reason to give where the child turns out not to have started. */
  readonly spawnError: (cause: unknown) => unknown;
}

/** The plugin in a child process that was just started, or given the plugin. */
export function runningProcess(child: ChildProcess, options: RunningProcessOptions): RunningPlugin {
  const { leadsGroup, stdin } = options;
  const end = ending({
    ask: () => child.kill("SIGTERM"),
    force: () => {
      if (child.pid === undefined) return;
      if (leadsGroup) endChild(child.pid);
      else child.kill("SIGKILL");
    },
  });
  if (child.pid !== undefined && leadsGroup) reaper.watch(child.pid);
  if (typeof stdin !== "string" && child.stdin !== null) child.once("exit", feedStdin(stdin, child.stdin));
  reportEnd(child, end, options);
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

/** Sweeps the group once its leader is gone, lets the pipes run dry, and says how it ended. */
function reportEnd(
  child: ChildProcess,
  end: Ending,
  { leadsGroup, spawnError }: RunningProcessOptions,
): void {
  // Also emitted for a signal that could not be sent: such a plugin turns out to be stuck.
  child.on("error", (cause) => {
    if (child.pid === undefined) end.ended({ how: "never-started", error: spawnError(cause) });
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

async function drained(child: ChildProcess): Promise<void> {
  const closed = new Promise<void>((resolve) => void child.once("close", () => resolve()));
  if (!(await within(drainMs, closed))) letGo(child);
  await closed;
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
