import { statSync } from "node:fs";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginError } from "../errors.js";
import type { PluginTarget } from "../transports/transport.js";

/** Any executable that does the handshake. It runs as a process only. */
export interface PluginCommand {
  readonly command: string;
  readonly args?: readonly string[];
}

/** What a client runs, and what it is called in logs and errors. */
export interface PluginSource {
  readonly target: PluginTarget;
  readonly args: readonly string[];
  readonly name: string;
}

/** Reads what the caller names. Throws `ERR_OPTION`; whether a file exists is looked up when it starts. */
export function resolvePlugin(plugin: string | URL | PluginCommand): PluginSource {
  if (typeof plugin === "string" || plugin instanceof URL) {
    const path = modulePath(plugin);
    return { target: { kind: "module", path }, args: [], name: path };
  }
  const { command, args = [], ...rest } = Object(plugin) as Partial<PluginCommand>;
  if (typeof command !== "string" || command === "" || command.includes("\0")) {
    throw optionError("The plugin must be a path, a file URL, or an object with a command");
  }
  if (!Array.isArray(args) || !args.every((arg) => typeof arg === "string" && !arg.includes("\0"))) {
    throw optionError("The args of a plugin command must be a list of strings without NUL");
  }
  const [unknown] = Object.keys(rest);
  if (unknown !== undefined) throw optionError(`A plugin command has a command and args, and no ${unknown}`);
  return { target: { kind: "command", path: command }, args: [...args], name: command };
}

/**
 * Refuses what this Node cannot run, in words: a module that is not there, or TypeScript that nothing strips.
 * Throws `ERR_SPAWN` or `ERR_OPTION`.
 */
export function checkRunnable({ target }: PluginSource, execArgv: readonly string[]): void {
  if (target.kind !== "module") return;
  try {
    if (!statSync(target.path).isFile()) throw new Error("it is not a file");
  } catch (cause) {
    const reason = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
    throw new PluginError(
      "ERR_SPAWN",
      `Could not start ${target.path}: ${reason}. Check the path of the plugin.`,
      { cause },
    );
  }
  if (/\.[mc]?ts$/.test(target.path) && !readsTypeScript(execArgv)) {
    throw optionError(
      `${target.path} is TypeScript, which Node ${process.version} does not run as it is started. ` +
        'Compile it, use a Node that strips types (22.18 or later), or pass execArgv: ["--import", "tsx"]',
    );
  }
}

function readsTypeScript(execArgv: readonly string[]): boolean {
  const strips = Boolean((process.features as { typescript?: unknown }).typescript);
  const loader = execArgv.some((flag) =>
    /^(--import|--require|-r|--loader|--experimental-loader|--experimental-(strip|transform)-types)\b/.test(
      flag,
    ),
  );
  return loader || strips;
}

function modulePath(plugin: string | URL): string {
  const isUrl = plugin instanceof URL || plugin.startsWith("file:");
  if (String(plugin) === "" || String(plugin).includes("\0"))
    throw optionError("The path of the plugin is empty or holds NUL");
  if (!isUrl) return resolve(plugin);
  try {
    return fileURLToPath(plugin);
  } catch (cause) {
    throw optionError(`The plugin ${plugin} is no file URL`, cause);
  }
}

function optionError(what: string, cause?: unknown): PluginError {
  return new PluginError("ERR_OPTION", `${what}.`, cause === undefined ? {} : { cause });
}
