import { PluginError } from "../../errors.js";
import { within } from "../ending.js";
import { type SpareSettings, settingsKey } from "./settings.js";
import { type Shelf, type Spare, shelf } from "./shelf.js";

/** Keeps spares ready: a shelf of them for each of the settings they were lately asked for. */
export interface WorkerSupply {
  /** The spares with these settings. Throws `ERR_OPTION` once the supply has ended. */
  of(settings: SpareSettings): Shelf;
  /** Resolves when each shelf has so many, or is full. Rejects with `ERR_SPAWN` when spares cannot be started. */
  filled(atLeast: number): Promise<void>;
  /** Spares that are ready now. */
  readonly ready: number;
  /** Ends all spares, and resolves when they are gone, after a second at most. */
  end(): Promise<void>;
}

/** Beyond these, the settings that were asked for longest ago give up their spares. */
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
  return {
    of: (settings) => {
      if (ended) {
        throw new PluginError("ERR_OPTION", `The ${name} transport was disposed of. Make a new one.`);
      }
      const key = settingsKey(settings);
      const found = shelves.get(key) ?? shelf(name, spares, () => start(settings));
      shelves.delete(key);
      shelves.set(key, found);
      const [oldest] = shelves;
      if (shelves.size > mostShelves && oldest !== undefined) {
        shelves.delete(oldest[0]);
        void oldest[1].end();
      }
      return found;
    },
    filled: async (atLeast) => {
      await Promise.all([...shelves.values()].map((each) => each.filled(atLeast)));
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
