import { PluginError } from "../errors.js";
import { within } from "../transports/ending.js";
import type { ExitStatus, PluginExit } from "../transports/transport.js";
import { describeExit, printedError, quoteTail } from "./exit.js";

/** A plugin whose start may have failed, as far as its error tells of it. */
export interface FailedPlugin {
  readonly name: string;
  readonly id: string;
  readonly exited: Promise<PluginExit>;
  announced(): boolean;
  stderrTail(): string;
  /** Settles when a kill that came during the start is done; unset where there was none. */
  stopping(): Promise<unknown> | undefined;
  force(): Promise<ExitStatus>;
}

/** How long a plugin that cannot be talked to may take to turn out to have ended. */
const endingMs = 1_500;
/** How long a connection may take to tell, once the plugin has ended, what was wrong with it. */
const lastWordMs = 100;

export function startTimeout(ms: number): PluginError {
  return new PluginError(
    "ERR_START_TIMEOUT",
    `timeout while waiting for plugin to start: it was not ready after ${ms} ms. Raise startTimeoutMs, or look what it waits for.`,
  );
}

/** The error of a plugin that ended before its session was ready. */
export function exitedEarly({ name, id, announced }: FailedPlugin, exit: PluginExit): PluginError {
  if (exit.how === "never-started" && exit.error instanceof PluginError) return exit.error;
  const code = exit.how === "killed" || announced() ? "ERR_PLUGIN_EXITED" : "ERR_EXITED_BEFORE_ANNOUNCE";
  const cause = printedError(exit.stderrTail) ?? (exit.how === "crashed" ? exit.error : undefined);
  return new PluginError(
    code,
    `plugin exited before we could connect: ${name} (${id}), ${describeExit(exit)}. ${quoteTail(exit.stderrTail)}`,
    cause === undefined ? { exit } : { exit, cause },
  );
}

/**
 * Ends what is left of a plugin that could not be started, and says of it what a person needs to know: of this failure,
 * or of what its handshake fails with, whichever tells more.
 */
export async function explainFailure(
  plugin: FailedPlugin,
  failure: unknown,
  handshake: Promise<unknown>,
): Promise<unknown> {
  const error = await mostTelling(plugin, failure, handshake);
  if (saysExit(error)) return error;
  await plugin.force();
  if (!(error instanceof PluginError) || error.code === "ERR_SPAWN") return error;
  const about = `The plugin is ${plugin.name} (${plugin.id}). ${quoteTail(plugin.stderrTail())}`;
  const options = error.cause === undefined ? {} : { cause: error.cause };
  return new PluginError(error.code, `${error.message}\n${about}`, options);
}

/** Which of a plugin's failures is heard first is chance. */
async function mostTelling(
  plugin: FailedPlugin,
  failure: unknown,
  handshake: Promise<unknown>,
): Promise<unknown> {
  // Whatever a plugin that was asked to end does wrong: it keeps the time it was given.
  if (plugin.stopping() !== undefined) {
    return saysExit(failure) ? failure : exitedEarly(plugin, await plugin.exited);
  }
  // That it was a stranger, or broke the rules, tells more than that it ended.
  if (saysExit(failure)) {
    const last = await failureWithin(lastWordMs, handshake);
    return ["ERR_AUTHENTICATION", "ERR_PROTOCOL"].includes(String(codeOf(last))) ? last : failure;
  }
  // One that dies looks at first like one that refuses connections.
  const isRefused = codeOf(failure) === "ERR_CONNECT";
  if (isRefused && (await within(endingMs, plugin.exited))) return exitedEarly(plugin, await plugin.exited);
  return failure;
}

function saysExit(error: unknown): boolean {
  return error instanceof PluginError && error.exit !== undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof PluginError ? error.code : undefined;
}

/** What a promise rejects with within that time; else `undefined`. */
async function failureWithin(ms: number, promise: Promise<unknown>): Promise<unknown> {
  let failure: unknown;
  const settled = promise.then(
    () => {},
    (error) => {
      failure = error;
    },
  );
  await within(ms, settled);
  return failure;
}
