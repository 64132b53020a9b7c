import { Readable, type Writable } from "node:stream";
import { PluginError } from "../errors.js";
import { defineHandshake, type HandshakeDefinition, packerHandshake } from "../handshake/definition.js";
import { defaultMaxChannels, defaultMaxMessageBytes } from "../handshake/environment.js";
import { checkPortRange, defaultPorts } from "../handshake/ports.js";
import { inheritedExecArgv } from "../transports/exec-argv.js";
import { transportFromEnvironment } from "../transports/select.js";
import type { HandshakeTransport, PluginLimits, PluginStdin, PortRange } from "../transports/transport.js";
import { guardedLogger } from "./logging.js";
import { checkPermissions, mapPaths, type PluginPermissions } from "./permissions.js";

/** Where portcall says what it does. `console` fits. */
export interface PluginLogger {
  debug(message: string): void;
  info(message: string): void;
  warn(message: string): void;
  error(message: string): void;
}

/** How a plugin is run. All of it is optional; the object is read once and never written to. */
export interface PluginOptions {
  /** How it is started. Default: what `PORTCALL_TRANSPORT` names, else `processTransport()`. */
  readonly transport?: HandshakeTransport;
  /** Default: `packerHandshake`. */
  readonly handshake?: HandshakeDefinition;
  /** Arguments behind the plugin's path. */
  readonly args?: readonly string[];
  /** Variables for the plugin: they win over inherited ones, the handshake's win over them. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Whether the plugin gets the host's variables: all (default), none, or those named. */
  readonly inheritEnv?: boolean | readonly string[];
  /** Flags for the plugin's Node. Default: those of the host that a plugin may inherit. */
  readonly execArgv?: readonly string[];
  /** The plugin's working directory; in a thread it cannot differ from the host's. */
  readonly cwd?: string;
  /** The ports it may listen on, both ends included. Default: 10000 to 25000; 0 to 0 is any free one. */
  readonly minPort?: number;
  readonly maxPort?: number;
  /** Milliseconds from launch to a ready session. Default: 60000. */
  readonly startTimeoutMs?: number;
  /** Milliseconds a call may take. Default: no bound. */
  readonly callTimeoutMs?: number;
  /** Milliseconds a plugin that is asked to end may take before it is forced. Default: 2000. */
  readonly killGraceMs?: number;
  /**
   * Milliseconds after which a plugin that does not answer a ping is reported to the logger. Default: it is not watched.
   * A plugin whose inspector is open is left alone, and so is one whose host did not listen for so long.
   */
  readonly unresponsiveAfterMs?: number;
  /** Whether such a plugin is only reported (default) or ended, too. */
  readonly onUnresponsive?: "report" | "kill";
  /** Default: `ignore`. */
  readonly stdin?: PluginStdin;
  /** Takes what the plugin writes to stdout after its announcement. Default: discarded. */
  readonly stdout?: Writable;
  /** Takes what the plugin writes to stderr, byte for byte. Default: discarded. */
  readonly stderr?: Writable;
  /** Takes the plugin's stderr line by line, and what portcall does. Default: nothing is logged. */
  readonly logger?: PluginLogger;
  readonly limits?: PluginLimits;
  /** What it may do. Default: whatever its user can. `{}` lets it read what it needs to start, and nothing else. */
  readonly permissions?: PluginPermissions;
  /** The most bytes of one message, in either direction. Default: 256 MiB. */
  readonly maxMessageBytes?: number;
  /** The most functions, signals, streams and objects that either side may share by reference at once. Default: 65536. */
  readonly maxChannels?: number;
  /**
   * With `strict` the plugin may do only what it can do in a process and in a thread alike: the rest fails in both with
   * `ERR_PARITY`. docs/parity.md says what. Default: `loose`, and `strict` under `portcall/testing`.
   */
  readonly parity?: "strict" | "loose";
  /** Whether `cleanupClients()` ends it. Default: false. */
  readonly managed?: boolean;
  /**
   * Opens an inspector in the plugin on a free port, prints its address on the host's stderr, and turns time-outs off:
   * those of the start, of calls, and the plugin's own for its host to connect. Default: false.
   */
  readonly debug?: boolean;
}

/** Options with every default filled in. */
export interface PluginSettings {
  readonly transport: HandshakeTransport;
  readonly handshake: HandshakeDefinition;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly execArgv: readonly string[];
  readonly cwd: string | undefined;
  readonly ports: PortRange;
  readonly startTimeoutMs: number;
  readonly callTimeoutMs: number | undefined;
  readonly killGraceMs: number;
  readonly unresponsiveAfterMs: number | undefined;
  readonly onUnresponsive: "report" | "kill";
  readonly stdin: PluginStdin;
  readonly stdout: Writable | undefined;
  readonly stderr: Writable | undefined;
  readonly logger: PluginLogger;
  readonly limits: PluginLimits;
  readonly permissions: PluginPermissions | undefined;
  readonly maxMessageBytes: number;
  readonly maxChannels: number;
  readonly parity: "strict" | "loose";
  readonly managed: boolean;
  readonly debug: boolean;
}

const longestTimer = 2 ** 31 - 1;

type Check = (value: unknown) => boolean;

const isMs: Check = (value) => isNumber(value) && value >= 0 && value <= longestTimer;
const isDeadline: Check = (value) => isMs(value) && (value as number) >= 1;
const isText: Check = (value) => typeof value === "string" && !value.includes("\0");
const isTextList: Check = (value) => Array.isArray(value) && value.every(isText);
const isWritable: Check = (value) =>
  typeof Object(value).write === "function" && typeof Object(value).on === "function";

/** For each option what it must be, in words and as a test. */
const rules: Readonly<Record<keyof PluginOptions, readonly [rule: string, check: Check]>> = {
  transport: [
    "a HandshakeTransport",
    (value) => typeof (value as HandshakeTransport | null)?.launch === "function",
  ],
  handshake: ["made by defineHandshake()", isHandshake],
  args: ["a list of strings without NUL", isTextList],
  env: ["an object of strings without NUL, its names without =", isEnvironment],
  inheritEnv: ["true, false, or a list of names", (value) => typeof value === "boolean" || isTextList(value)],
  execArgv: ["a list of strings without NUL", isTextList],
  cwd: ["a path", isText],
  minPort: ["a port", isNumber],
  maxPort: ["a port", isNumber],
  startTimeoutMs: ["milliseconds, from 1 to 2147483647", isDeadline],
  callTimeoutMs: ["milliseconds, from 1 to 2147483647", isDeadline],
  killGraceMs: ["milliseconds, from 0 to 2147483647", isMs],
  unresponsiveAfterMs: [
    "milliseconds, from 10 to 2147483647",
    (value) => isMs(value) && (value as number) >= 10,
  ],
  onUnresponsive: ['"report" or "kill"', (value) => value === "report" || value === "kill"],
  stdin: [
    '"ignore", "inherit", or a Readable',
    (value) => value === "ignore" || value === "inherit" || value instanceof Readable,
  ],
  stdout: ["a Writable", isWritable],
  stderr: ["a Writable", isWritable],
  logger: ["an object with debug, info, warn and error", isLogger],
  limits: ["an object of memoryMb, a whole number from 8, and stackMb, from 0.25", isLimits],
  permissions: [
    "an object of read and write, lists of paths without * and NUL, and of childProcess, worker, addons and net, each true or false",
    isPermissions,
  ],
  maxMessageBytes: [
    "a whole number of bytes, from 1024 to 2147483647",
    (value) => Number.isInteger(value) && isMs(value) && (value as number) >= 1_024,
  ],
  maxChannels: [
    "a whole number, from 1 to 16777216",
    (value) => Number.isInteger(value) && (value as number) >= 1 && (value as number) <= 16_777_216,
  ],
  parity: ['"strict" or "loose"', (value) => value === "strict" || value === "loose"],
  managed: ["true or false", (value) => typeof value === "boolean"],
  debug: ["true or false", (value) => typeof value === "boolean"],
};

/**
 * Checks every option before anything is started; `others` are options that the caller has taken out. Throws
 * `ERR_OPTION`, `ERR_PORT_RANGE` or `ERR_PERMISSION`.
 */
export function resolveOptions(options: PluginOptions, others: readonly string[] = []): PluginSettings {
  checkOptions(options, others);
  checkPermissions(options.permissions, process.versions.node);
  const { minPort = defaultPorts.min, maxPort = defaultPorts.max, inheritEnv = true } = options;
  return {
    transport: options.transport ?? transportFromEnvironment(),
    handshake: defineHandshake(options.handshake ?? packerHandshake),
    args: [...(options.args ?? [])],
    env: composeEnvironment(options.env ?? {}, inheritEnv),
    execArgv: [...(options.execArgv ?? inheritedExecArgv(process.execArgv))],
    cwd: options.cwd,
    ports: checkPortRange({ min: minPort, max: maxPort }, { min: "minPort", max: "maxPort" }),
    startTimeoutMs: options.debug ? longestTimer : (options.startTimeoutMs ?? 60_000),
    callTimeoutMs: options.debug ? undefined : options.callTimeoutMs,
    killGraceMs: options.killGraceMs ?? 2_000,
    unresponsiveAfterMs: options.unresponsiveAfterMs,
    onUnresponsive: options.onUnresponsive ?? "report",
    stdin: options.stdin ?? "ignore",
    stdout: options.stdout,
    stderr: options.stderr,
    logger: guardedLogger(options.logger),
    limits: { ...options.limits },
    permissions: options.permissions && mapPaths(options.permissions, (path) => path),
    maxMessageBytes: options.maxMessageBytes ?? defaultMaxMessageBytes,
    maxChannels: options.maxChannels ?? defaultMaxChannels,
    parity: options.parity ?? "loose",
    managed: options.managed ?? false,
    debug: options.debug ?? false,
  };
}

function checkOptions(options: PluginOptions, others: readonly string[]): void {
  if (typeof options !== "object" || options === null) throw optionError("options", "an object", options);
  for (const [name, value] of Object.entries(options)) {
    if (!Object.hasOwn(rules, name)) {
      throw new PluginError(
        "ERR_OPTION",
        `There is no option ${JSON.stringify(name)}. There are: ${[...Object.keys(rules), ...others].join(", ")}.`,
      );
    }
    if (value === undefined) continue;
    const [rule, check] = rules[name as keyof PluginOptions];
    if (!check(value)) throw optionError(`The option ${name}`, rule, value);
  }
}

/** What the host has, then what the caller asks for; a variable set to undefined is left out. */
function composeEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  inherit: boolean | readonly string[],
): Record<string, string> {
  const inherited = Object.entries(process.env).filter(([name]) =>
    Array.isArray(inherit) ? inherit.includes(name) : inherit,
  );
  const composed = { ...Object.fromEntries(inherited), ...env };
  return Object.fromEntries(
    Object.entries(composed).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

function isNumber(value: unknown): value is number {
  return typeof value === "number" && !Number.isNaN(value);
}

/** No list and no Map, whose contents would be passed over. */
function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  const isObject = typeof value === "object" && value !== null;
  return isObject && !Array.isArray(value) && !(Symbol.iterator in value);
}

function isLogger(value: unknown): boolean {
  return ["debug", "info", "warn", "error"].every((level) => typeof Object(value)[level] === "function");
}

function isLimits(value: unknown): boolean {
  if (!isRecord(value)) return false;
  // With less, Node does not start, and a thread takes its host along.
  const { memoryMb = 8, stackMb = 0.25, ...rest } = value;
  return (
    Object.keys(rest).length === 0 &&
    Number.isInteger(memoryMb) &&
    [memoryMb, stackMb].every((mb) => isNumber(mb) && mb <= 1_048_576) &&
    (memoryMb as number) >= 8 &&
    (stackMb as number) >= 0.25
  );
}

function isPermissions(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(([name, granted]) => {
    if (granted === undefined) return isPermissionName(name);
    if (name === "read" || name === "write") {
      return isTextList(granted) && (granted as string[]).every((path) => path !== "" && !path.includes("*"));
    }
    return isPermissionName(name) && typeof granted === "boolean";
  });
}

function isPermissionName(name: string): boolean {
  return ["read", "write", "childProcess", "worker", "addons", "net"].includes(name);
}

function isEnvironment(value: unknown): boolean {
  if (!isRecord(value)) return false;
  return Object.entries(value).every(
    ([name, text]) =>
      name !== "" && !name.includes("=") && isText(name) && (text === undefined || isText(text)),
  );
}

function isHandshake(value: unknown): boolean {
  try {
    defineHandshake(value as HandshakeDefinition);
    return true;
  } catch {
    return false;
  }
}

function optionError(what: string, rule: string, value: unknown): PluginError {
  const shown =
    typeof value === "object" || typeof value === "function" ? typeof value : JSON.stringify(value);
  return new PluginError("ERR_OPTION", `${what} must be ${rule}; it is ${shown}.`);
}
