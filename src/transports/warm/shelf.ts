import { PluginError } from "../../errors.js";
import type { LaunchRequest, RunningPlugin } from "../transport.js";

/** A worker that was started ahead of need and has loaded all but the plugin. */
export interface Spare {
  /** Resolves when it can be given a plugin. Rejects when it never will. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, with or without a plugin. */
  readonly gone: Promise<void>;
  /** Gives it its one plugin. */
  run(request: LaunchRequest): RunningPlugin;
  /** Forces it to end. */
  end(): void;
}

/** Spares that are all alike. */
export interface Shelf {
  /** One that never served, or `undefined` where none is ready. */
  take(): Spare | undefined;
  /** Starts what is missing, unless the last one could not start a moment ago. */
  fill(): void;
  /** Resolves when so many are ready, or all where there are fewer. Rejects with `ERR_SPAWN` when one cannot start. */
  filled(atLeast: number): Promise<void>;
  readonly ready: number;
  /** Ends them all, for good. Resolves when they are gone. */
  end(): Promise<void>;
}

/** A spare that has not started by then never will. */
const bootMs = 30_000;
/** After a spare that could not start: how long the next demand starts none, doubled each time. */
const firstPauseMs = 100;
const longestPauseMs = 10_000;

export function shelf(name: string, size: number, start: () => Spare): Shelf {
  const starting = new Set<Spare>();
  const idle = new Set<Spare>();
  let failure: PluginError | undefined;
  let failures = 0;
  let pausedUntil = 0;
  let ended = false;

  const fail = (cause: unknown) => {
    failure = cannotStart(name, cause);
    if (failures++ === 0) process.emitWarning(failure.message, { code: failure.code });
    pausedUntil = performance.now() + Math.min(longestPauseMs, firstPauseMs * 2 ** (failures - 1));
  };
  const add = () => {
    let spare: Spare;
    try {
      spare = start();
    } catch (cause) {
      fail(cause);
      return;
    }
    starting.add(spare);
    const late = setTimeout(spare.end, bootMs).unref();
    spare.ready
      .then(
        () => {
          failure = undefined;
          failures = 0;
          pausedUntil = 0;
          if (starting.delete(spare)) idle.add(spare);
        },
        (cause) => {
          if (starting.delete(spare)) fail(cause);
        },
      )
      .finally(() => clearTimeout(late));
    // One that ran is replaced at once. One that never ran is not, for the next may fare no better.
    void spare.gone.then(() => {
      if (idle.delete(spare)) fill();
    });
  };
  const fill = () => {
    while (!ended && starting.size + idle.size < size && performance.now() >= pausedUntil) add();
  };

  return {
    take: () => {
      // The youngest: what it has just loaded is still in the processor's caches.
      const spare = [...idle].at(-1);
      if (spare !== undefined) idle.delete(spare);
      return spare;
    },
    fill,
    filled: async (atLeast) => {
      pausedUntil = 0;
      fill();
      while (idle.size < Math.min(atLeast, size)) {
        // Spares that died idle are replaced here, too; only one that could not start is a failure.
        if (failure === undefined) fill();
        if (starting.size === 0) throw failure ?? cannotStart(name, new Error("the supply has ended"));
        await Promise.race([...starting].map((spare) => spare.ready.catch(() => {})));
      }
    },
    get ready() {
      return idle.size;
    },
    end: async () => {
      ended = true;
      const spares = [...starting, ...idle];
      starting.clear();
      idle.clear();
      for (const spare of spares) spare.end();
      await Promise.all(spares.map((spare) => spare.gone));
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
