import { randomBytes } from "node:crypto";
import { PluginError } from "../errors.js";
import { longestAnnouncement, parseAnnouncement } from "../handshake/announcement.js";
import { provePlugin, secretBytes } from "../handshake/authentication.js";
import { invitedEnvironment } from "../handshake/environment.js";
import { type HostSession, openHostSession, type PluginReady } from "../rpc/session.js";
import { within } from "../transports/ending.js";
import type {
  PluginAddress,
  PluginExit,
  PluginTarget,
  RunningPlugin,
  Wire,
} from "../transports/transport.js";
import { describeExit, explainExit } from "./exit.js";
import { type InterruptQueue, interruptQueue } from "./interrupts.js";
import type { PluginSettings } from "./options.js";
import { type FirstLine, readStderr, readStdout, sinkWriter } from "./output.js";
import { startsWithParity } from "./parity.js";
import { confine } from "./permissions.js";
import type { PluginSource } from "./plugin-target.js";
import { exitedEarly, explainFailure, type FailedPlugin, startTimeout } from "./start-failure.js";

/** How long each phase of a start took, in milliseconds; 0 until the phase is over. */
export interface HandshakeTimings {
  /** Until the process or thread was started. */
  readonly launch: number;
  /** From there until it announced its address. */
  readonly announce: number;
  /** From there until it was connected and proven. */
  readonly connect: number;
  /** From there until it named its components. */
  readonly ready: number;
  readonly total: number;
}

/** A plugin that was launched: on its way to a session, in it, or ended. */
export interface PluginRun {
  readonly running: RunningPlugin;
  readonly exited: Promise<PluginExit>;
  readonly interrupts: InterruptQueue;
  readonly timings: HandshakeTimings;
  /** Asks, waits `graceMs`, forces. A start that is under way rejects with that. */
  stop(graceMs: number): Promise<unknown>;
  /** Whether the plugin has said on stderr that its inspector listens. */
  inspected(): boolean;
  /** Does the rest of the handshake. Rejects with what went wrong, after the plugin is gone. */
  connect(): Promise<ConnectedPlugin>;
}

export interface ConnectedPlugin {
  readonly address: string;
  readonly session: HostSession;
  readonly ready: PluginReady;
  /** What can be called, by `component.method`. */
  readonly methods: ReadonlySet<string>;
}

/** How long a plugin that closed its stdout may take to end, before that counts as a failure of its own. */
const closedStdoutMs = 500;

/** Launches a plugin and begins to read what it writes. Throws what the transport refuses. */
export function launchPlugin({ target, args, name }: PluginSource, settings: PluginSettings): PluginRun {
  const { handshake, logger } = settings;
  const secret = handshake.authentication === "secret" ? randomBytes(secretBytes).toString("hex") : undefined;
  const watch = stopwatch();
  logger.debug(`Starting plugin: ${name} ${JSON.stringify([...args, ...settings.args])}`);
  const running = launch(target, args, secret, settings);
  watch.lap("launch");
  try {
    return follow(running, { name, secret, watch }, settings);
  } catch (error) {
    // A sink of the caller's may throw as it is listened to.
    void running.stop(0);
    throw error;
  }
}

interface Launched {
  readonly name: string;
  readonly secret: string | undefined;
  readonly watch: Stopwatch;
}

/** Reads what a plugin writes, from its first byte on, and does the rest of its handshake when it is asked to. */
function follow(
  running: RunningPlugin,
  { name, secret, watch }: Launched,
  settings: PluginSettings,
): PluginRun {
  const { handshake, maxMessageBytes, maxChannels, logger } = settings;
  const { firstLine, stderrTail, inspected } = readOutput(running, name, settings);
  const interrupts = interruptQueue(() => running.interrupt());
  const exited = running.exited.then((status) => {
    interrupts.end();
    logger.debug(`${name}: plugin ${running.id} ended: ${describeExit(status)}`);
    return explainExit(status, stderrTail());
  });

  const shakeHands = async (): Promise<ConnectedPlugin> => {
    logger.debug(`Waiting for RPC address for: ${name}`);
    const address = parseAnnouncement(await announcedLine(await firstLine, exited), handshake.apiVersion);
    watch.lap("announce");
    const wire = await connectProven(running, address, secret, maxMessageBytes);
    watch.lap("connect");
    const session = openHostSession(wire, { maxMessageBytes, maxChannels }, interrupts.acknowledged);
    const ready = await session.ready.catch((error) => {
      session.fail(() => error);
      throw error;
    });
    watch.lap("ready");
    return { address: address.text, session, ready, methods: methodNames(ready) };
  };
  let stopping: Promise<unknown> | undefined;
  const stop = (graceMs: number) => {
    stopping ??= running.stop(graceMs);
    return stopping;
  };
  const plugin: FailedPlugin = {
    name,
    id: running.id,
    exited,
    announced: () => watch.timings.announce > 0,
    stderrTail,
    stopping: () => stopping,
    force: () => running.stop(0),
  };
  return {
    running,
    exited,
    interrupts,
    timings: watch.timings,
    stop,
    inspected,
    connect: () => raceToReady(shakeHands(), settings.startTimeoutMs, plugin),
  };
}

function launch(
  target: PluginTarget,
  args: readonly string[],
  secret: string | undefined,
  settings: PluginSettings,
): RunningPlugin {
  const { transport, handshake, env, cwd, stdin, limits, debug } = settings;
  const { execArgv, dropsNet } = confine(target, settings);
  const parity = startsWithParity(target, settings);
  const strictParity = settings.parity === "strict";
  return transport.launch({
    target,
    args: [...args, ...settings.args],
    env: invitedEnvironment(env, handshake, { ...settings, secret, dropsNet, strictParity }),
    execArgv: [...execArgv, ...parity, ...settings.execArgv],
    cwd,
    stdin,
    limits,
    debug,
  });
}

function readOutput(running: RunningPlugin, name: string, settings: PluginSettings) {
  const { logger, stdin, debug } = settings;
  const toStdout = sinkWriter(settings.stdout, `${name}: stdout`, logger);
  const toStderr = sinkWriter(settings.stderr, `${name}: stderr`, logger);
  const firstLine = readStdout(running.stdout, toStdout, longestAnnouncement);
  let inspected = false;
  const stderrTail = readStderr(running.stderr, toStderr, (line) => {
    inspected ||= line.startsWith("Debugger listening on ws://");
    logger.info(`${name}: ${line}`);
    if (debug) showInspector(line, `${name} (${running.id})`);
  });
  if (typeof stdin !== "string") {
    const failed = (error: Error) => logger.warn(`${name}: what feeds stdin failed: ${error.message}`);
    stdin.once("error", failed);
    void running.exited.then(() => stdin.off("error", failed));
  }
  return { firstLine, stderrTail, inspected: () => inspected };
}

/** The person who asked for it looks at the host's terminal. */
function showInspector(line: string, plugin: string): void {
  const [, address] = /^Debugger listening on (ws:\/\/\S+)$/.exec(line) ?? [];
  if (address !== undefined) process.stderr.write(`portcall: debug ${plugin} at ${address}\n`);
}

function methodNames({ components }: PluginReady): Set<string> {
  return new Set(
    Object.entries(components).flatMap(([component, names]) => names.map((name) => `${component}.${name}`)),
  );
}

async function announcedLine(first: FirstLine, exited: Promise<PluginExit>): Promise<string> {
  if ("line" in first) return first.line;
  if (first.without === "newline") {
    throw new PluginError(
      "ERR_ANNOUNCEMENT",
      `Unrecognized remote plugin message: more than ${longestAnnouncement} bytes without a line break. Print nothing before serve().`,
    );
  }
  await within(closedStdoutMs, exited);
  throw new PluginError("ERR_ANNOUNCEMENT", "The plugin closed its stdout before it announced an address.");
}

async function connectProven(
  running: RunningPlugin,
  address: PluginAddress,
  secret: string | undefined,
  maxMessageBytes: number,
): Promise<Wire> {
  const wire = await running.connect(address);
  if (secret === undefined) wire.open(maxMessageBytes);
  else await provePlugin(wire, secret, maxMessageBytes);
  return wire;
}

/**
 * Three outcomes race, as in the original: the handshake, the plugin's end, and the clock, which counts what this host
 * could have heard. A loser is ended.
 */
async function raceToReady(
  handshake: Promise<ConnectedPlugin>,
  startTimeoutMs: number,
  plugin: FailedPlugin,
): Promise<ConnectedPlugin> {
  const gone = plugin.exited.then((exit) => Promise.reject(exitedEarly(plugin, exit)));
  const outcome = Promise.race([handshake, gone]);
  try {
    const over = outcome.catch(() => {});
    if (!(await within(startTimeoutMs, over))) throw startTimeout(startTimeoutMs);
    return await outcome;
  } catch (error) {
    // A session that comes too late is of no use.
    handshake
      .then(({ session }) => {
        session.fail(() => error);
        session.end();
      })
      .catch(() => {});
    throw await explainFailure(plugin, error, handshake);
  }
}

interface Stopwatch {
  readonly timings: HandshakeTimings;
  lap(phase: Exclude<keyof HandshakeTimings, "total">): void;
}

function stopwatch(): Stopwatch {
  const timings = { launch: 0, announce: 0, connect: 0, ready: 0, total: 0 };
  const started = performance.now();
  return {
    timings,
    lap: (phase) => {
      const now = performance.now() - started;
      timings[phase] = now - timings.total;
      timings.total = now;
    },
  };
}
