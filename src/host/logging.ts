import { PluginError } from "../errors.js";
import type { PluginLogger } from "./options.js";

const silent: PluginLogger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** The guarded logger of each logger: one that several clients share stays one. */
const guarded = new WeakMap<PluginLogger, PluginLogger>();

/** The same logger, that cannot keep a plugin from starting or ending: where it throws, a warning says so once. */
export function guardedLogger(logger: PluginLogger = silent): PluginLogger {
  const known = guarded.get(logger);
  if (known !== undefined) return known;
  let hasFailed = false;
  const guard = (level: keyof PluginLogger) => (message: string) => {
    try {
      logger[level](message);
    } catch (cause) {
      if (!hasFailed) process.emitWarning(loggerThrew(level, cause));
      hasFailed = true;
    }
  };
  const made = { debug: guard("debug"), info: guard("info"), warn: guard("warn"), error: guard("error") };
  guarded.set(logger, made);
  // What a pool hands on to its replicas is guarded already.
  guarded.set(made, made);
  return made;
}

function loggerThrew(level: string, cause: unknown): PluginError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError(
    "ERR_OPTION",
    `A logger threw in ${level}(): ${reason}. Plugins go on without that line; catch what it throws.`,
    { cause },
  );
}
