import { PluginError } from "../../errors.js";
import { within } from "../ending.js";
import type { LaunchRequest, RunningPlugin } from "../transport.js";
import { type SpareSettings, settingsKey } from "./settings.js";
import { type Shelf, shelf } from "./shelf.js";

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

/** Keeps spares ready, so many for each of the settings they were lately asked for. */
export interface WorkerSupply {
  /** A spare that never served, or `undefined` where none is ready. Either way the next one is started at once. */
  take(settings: SpareSettings): Spare | undefined;
  /** Resolves when there are as many as there should be. Rejects with `ERR_SPAWN` when they cannot be started. */
  filled(settings: SpareSettings): Promise<void>;
  /** Spares that are ready now. */
  readonly ready: number;
  /** Ends them, and resolves when they are gone, after a second at most. */
  end(): Promise<void>;
}

/** Settings beyond these give up the spares of those that were asked for longest ago. */
const mostShelves = 4;
const endMs = 1_000;

export function workerSupply(
  name: string,
  spares: number,
  start: (settings: SpareSettings) => Spare,
): WorkerSupply {
  /** The last one was asked for last. */
  const shelves = new Map<string, Shelf>();
  let ended = false;

  const shelfOf = (settings: SpareSettings): Shelf => {
    if (ended) {
      throw new PluginError("ERR_OPTION", `The ${name} transport was disposed of. Make a new one.`);
    }
    const key = settingsKey(settings);
    const found = shelves.get(key) ?? shelf(name, spares, () => start(settings));
    shelves.delete(key);
    shelves.set(key, found);
    for (const [oldest, dropped] of shelves) {
      if (shelves.size <= mostShelves) break;
      shelves.delete(oldest);
      void dropped.end();
    }
    return found;
  };
  return {
    take: (settings) => shelfOf(settings).take(),
    filled: async (settings) => {
      shelfOf(settings);
      await Promise.all([...shelves.values()].map((each) => each.filled()));
    },
    get ready() {
      return [...shelves.values()].reduce((sum, each) => sum + each.ready, 0);
    },
    end: async () => {
      ended = true;
      const ends = [...shelves.values()].map((each) => each.end());
      shelves.clear();
      await within(endMs, Promise.all(ends));
    },
  };
}
