import type { LaunchRequest, RunningPlugin } from "../transport.js";
import { failures } from "./failures.js";

/** A worker that was started ahead of need and has loaded all but the plugin. */
export interface Spare {
  /** Resolves when it can be given a plugin. Rejects when it never will. */
  readonly ready: Promise<void>;
  /** Resolves when it has ended, with or without a plugin. */
  readonly gone: Promise<void>;
  /** Whether it has ended, or can be given nothing any more, as far as is known at this moment. */
  readonly isOver: boolean;
  /** Gives it its one plugin. */
  run(request: LaunchRequest): RunningPlugin;
  /** Forces it to end. */
  end(): void;
}

/** Spares that are all alike. */
export interface Shelf {
  /** One that never served, or `undefined` where none is ready. */
  take(): Spare | undefined;
  /** Starts what is missing, unless the last one could not start a moment ago, or fewer than `wantedBy` plugins asked. */
  fill(): void;
  /**
   * Resolves when so many are ready, or all where there are fewer, or they were ended. Rejects with `ERR_SPAWN` when one
   * cannot start.
   */
  filled(atLeast: number): Promise<void>;
  readonly ready: number;
  /** Ends them all, for good. Resolves when they are gone. */
  end(): Promise<void>;
}

/** A spare that has not started by then never will. */
const bootMs = 30_000;
/** One that dies sooner after it was ready may not be the last. */
const youngMs = 1_000;

export interface ShelfOptions {
  /** The transport's, for errors. */
  readonly name: string;
  readonly size: number;
  /** How many plugins must have asked before a spare is started for the next. */
  readonly wantedBy: number;
  readonly start: () => Spare;
}

export function shelf({ name, size, wantedBy, start }: ShelfOptions): Shelf {
  const starting = new Set<Spare>();
  const idle = new Set<Spare>();
  const failed = failures(name, size);
  let asked = 0;
  let ended = false;

  const add = () => {
    let spare: Spare;
    try {
      spare = start();
    } catch (cause) {
      failed.add(cause);
      return;
    }
    starting.add(spare);
    booted(spare)
      .then(() => starting.delete(spare) && putOut(spare))
      .catch((cause) => starting.delete(spare) && failed.add(cause));
  };
  const putOut = (spare: Spare) => {
    idle.add(spare);
    let isYoung = true;
    const grown = setTimeout(() => {
      isYoung = false;
      if (idle.has(spare)) failed.clear();
    }, youngMs).unref();
    void spare.gone.then(() => {
      clearTimeout(grown);
      if (!idle.delete(spare)) return;
      if (isYoung) failed.addDeath();
      refill();
    });
  };
  const refill = () => {
    while (!ended && starting.size + idle.size < size && !failed.isPaused) add();
  };

  return {
    take: () => {
      asked++;
      // The youngest: what it has just loaded is still in the processor's caches.
      const spare = [...idle].findLast((each) => !each.isOver);
      if (spare === undefined) return undefined;
      idle.delete(spare);
      failed.clear();
      return spare;
    },
    fill: () => {
      if (asked >= wantedBy) refill();
    },
    filled: async (atLeast) => {
      failed.endPause();
      refill();
      while (!ended && idle.size < Math.min(atLeast, size)) {
        // What was taken, or died, is replaced here, too; only what could not start is a failure.
        if (failed.last === undefined) refill();
        if (starting.size === 0) throw failed.last;
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

async function booted(spare: Spare): Promise<void> {
  const late = setTimeout(spare.end, bootMs).unref();
  try {
    await spare.ready;
  } finally {
    clearTimeout(late);
  }
}
