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
const endingMs = 500;

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

/** Ends what is left of a plugin that could not be started, and says of it what a person needs to know. */
export async function explainFailure(plugin: FailedPlugin, error: unknown): Promise<unknown> {
  if (error instanceof PluginError && error.exit !== undefined) return error;
  // Whatever a plugin that was asked to end does wrong: it keeps the time it was given.
  if (plugin.stopping() !== undefined) return exitedEarly(plugin, await plugin.exited);
  // A plugin that dies looks at first like one that refuses connections.
  const refused = error instanceof PluginError && error.code === "ERR_CONNECT";
  if (refused && (await within(endingMs, plugin.exited))) return exitedEarly(plugin, await plugin.exited);
  await plugin.force();
  if (!(error instanceof PluginError) || error.code === "ERR_SPAWN") return error;
  const about = `The plugin is ${plugin.name} (${plugin.id}). ${quoteTail(plugin.stderrTail())}`;
  const options = error.cause === undefined ? {} : { cause: error.cause };
  return new PluginError(error.code, `${error.message}\n${about}`, options);
}
