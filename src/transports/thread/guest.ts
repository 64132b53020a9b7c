import type { ChildProcess } from "node:child_process";
import { subscribe } from "node:diagnostics_channel";
import { inspect } from "node:util";
import type { MessagePort } from "node:worker_threads";
import type { HandshakeGuest, Listener, PortRange, Wire } from "../transport.js";
import type { OutputName, ToGuest, ToHost } from "./messages.js";
import { hideHostInReports } from "./report.js";
import { receiveHostSignal, receiveOwnSignals } from "./signals.js";
import { portWire } from "./wire.js";

/** The plugin's end in a worker thread, installed before the plugin's first line. */
export function threadGuest(port: MessagePort): HandshakeGuest {
  return prepareThread()(port);
}

/**
 * Makes the thread look like a process: its output is its own and leaves at once, signals arrive, errors are printed,
 * children are known to the host. Returns what gives it its host; until then nobody hears what it tells.
 */
export function prepareThread(): (port: MessagePort) => HandshakeGuest {
  let tell: Tell = () => {};
  const tellHost: Tell = (message) => tell(message);
  redirectOutput("stdout", tellHost);
  redirectOutput("stderr", tellHost);
  printFatalErrors();
  receiveOwnSignals(tellHost);
  hideHostInReports();
  reportChildren(tellHost);
  return (port) => {
    tell = (message) => port.postMessage(message);
    return boundGuest(hearHost(port, tell));
  };
}

type Tell = (message: ToHost) => void;

function boundGuest(listen: HandshakeGuest["listen"]): HandshakeGuest {
  let stopRequested: Promise<void> | undefined;
  return {
    env: process.env,
    listen,
    announce: (line) => void process.stdout.write(line),
    onInterrupt: (listener) => void process.on("SIGINT", listener),
    get stopRequested() {
      stopRequested ??= new Promise((resolve) => void process.on("SIGTERM", () => resolve()));
      return stopRequested;
    },
    hostGone: new Promise(() => {}),
  };
}

/** Hears the host, and returns how to listen on a virtual port of its. */
function hearHost(port: MessagePort, tell: Tell): HandshakeGuest["listen"] {
  let claimed: (port: number | undefined) => void = () => {};
  let connected: (wire: Wire) => void = () => {};

  port.on("message", (message: ToGuest) => {
    if (message.type === "claimed") claimed(message.port);
    else if (message.type === "connection") connected(portWire(message.port));
    else receiveHostSignal(message.signal, tell);
  });
  port.unref();

  return async (range: PortRange): Promise<Listener | undefined> => {
    const early: Wire[] = [];
    connected = (wire) => early.push(wire);
    const virtual = await new Promise<number | undefined>((resolve) => {
      claimed = resolve;
      tell({ type: "claim", range });
    });
    if (virtual === undefined) return undefined;
    return {
      address: `127.0.0.1:${virtual}`,
      onConnection: (listener) => {
        connected = listener;
        for (const wire of early.splice(0)) listener(wire);
      },
      close: () => {
        tell({ type: "unclaim" });
        connected = (wire) => wire.close();
      },
    };
  };
}

/**
 * Sends what is written at once, past the worker's own buffer in the host: that one loses what was printed before a
 * spinning thread is ended, and waits while the host is busy.
 */
function redirectOutput(stream: OutputName, tell: Tell): void {
  const send = (chunk: string | Uint8Array, encoding: BufferEncoding) => {
    const isText =
      typeof chunk === "string" && (encoding === "utf8" || encoding === ("utf-8" as BufferEncoding));
    const bytes = typeof chunk === "string" ? Buffer.from(chunk, encoding) : chunk;
    tell({ type: "output", stream, chunk: isText ? chunk : new Uint8Array(bytes) });
  };
  const output = process[stream];
  output._write = (chunk, encoding, done) => {
    send(chunk, encoding);
    done();
  };
  output._writev = (chunks, done) => {
    for (const { chunk, encoding } of chunks) send(chunk, encoding);
    done();
  };
  output._final = (done) => {
    tell({ type: "output-end", stream });
    done();
  };
}

/** A process prints what ends it; a thread hands it to the host without a word. */
function printFatalErrors(): void {
  process.on("uncaughtExceptionMonitor", (error) => {
    if (process.listenerCount("uncaughtException") > 0) return;
    process.stderr.write(`${fatalText(error)}\n\nNode.js ${process.version}\n`);
  });
}

function fatalText(thrown: unknown): string {
  if (typeof thrown === "object" && thrown !== null) return inspect(thrown);
  return `${String(thrown)}\n(Use \`node --trace-uncaught ...\` to show where the exception was thrown)`;
}

interface SpawnOptions {
  detached?: boolean;
  file: string;
  args?: readonly unknown[];
}

/**
 * Each child leads a group of its own, as a process plugin does, and the host ends that group with the thread.
 * The start of a child is told at once, for the thread may spin from then on, and before, for it may be ended while the
 * system starts the child. The host always hears what came of it. A child that is to be detached leaves a
 * process plugin's group, too: it is not followed.
 */
function reportChildren(tell: Tell): void {
  subscribe("child_process", (message) => {
    const child = (message as { process: ChildProcess & { spawn(options: SpawnOptions): unknown } }).process;
    const spawn = child.spawn;
    child.spawn = function (options) {
      if (options.detached) return spawn.call(this, options);
      options.detached = true;
      const [seconds, nanoseconds] = process.hrtime();
      const { file, args = [] } = options;
      const since = seconds + nanoseconds / 1e9;
      tell({ type: "spawning", spawning: { file, args: args.map(String), since } });
      try {
        return spawn.call(this, options);
      } finally {
        const { pid } = this;
        tell({ type: "child", pid });
        if (pid !== undefined) this.once("exit", () => tell({ type: "child-gone", pid }));
      }
    };
  });
}
