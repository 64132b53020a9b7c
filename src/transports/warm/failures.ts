import { PluginError } from "../../errors.js";

/** The spares of one shelf that could not start, one after the other: what to say of them, and when to try again. */
export interface Failures {
  /** The last one, with `ERR_SPAWN`. */
  readonly last: PluginError | undefined;
  /** Whether the last was a moment ago: a longer one each time. */
  readonly isPaused: boolean;
  /** Warns of the first one. */
  add(cause: unknown): void;
  /** For one that died soon after it was ready: a failure where all were replaced before, and these die, too. */
  addDeath(): void;
  endPause(): void;
  /** For one that was of use. */
  clear(): void;
}

const firstPauseMs = 100;
const longestPauseMs = 10_000;

export function failures(name: string, spares: number): Failures {
  let last: PluginError | undefined;
  let inARow = 0;
  let deaths = 0;
  let pausedUntil = 0;

  const add = (cause: unknown) => {
    last = cannotStart(name, cause);
    if (inARow === 0) process.emitWarning(last.message, { code: last.code });
    pausedUntil = performance.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** inARow);
    inARow++;
  };
  return {
    get last() {
      return last;
    },
    get isPaused() {
      return performance.now() < pausedUntil;
    },
    add,
    addDeath: () => {
      // Somebody may have ended them all.
      if (++deaths > spares) add(new Error("it ended soon after it was ready"));
    },
    endPause: () => {
      pausedUntil = 0;
    },
    clear: () => {
      last = undefined;
      inARow = 0;
      deaths = 0;
      pausedUntil = 0;
    },
  };
}

function cannotStart(name: string, cause: unknown): PluginError {
  const reason = cause instanceof Error ? cause.message : String(cause);
  return new PluginError(
    "ERR_SPAWN",
    `A spare of the ${name} transport could not start: ${reason}. Plugins start cold until one can. Check execArgv, limits and the environment.`,
    { cause },
  );
}
