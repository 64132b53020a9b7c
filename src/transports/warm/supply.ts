import { PluginError } from "../../errors.js";
import { within } from "../ending.js";
import { type SpareSettings, settingsKey } from "./settings.js";
import { type Shelf, type Spare, shelf } from "./shelf.js";

/** Keeps spares ready: a shelf of them for each of the settings they were lately asked for. */
export interface WorkerSupply {
  /** Throws `ERR_OPTION` once the supply has ended. */
  checkOpen(): void;
  /** The spares with these settings. */
  of(settings: SpareSettings): Shelf;
  /**
   * Resolves when each shelf has so many, or is full, that of the plain settings included. Rejects with `ERR_SPAWN` when
   * spares cannot be started, `ERR_OPTION` once the supply has ended.
   */
  filled(atLeast: number): Promise<void>;
  /** Spares that are ready now. */
  readonly ready: number;
  /** Ends all spares, and resolves when they are gone, after a second at most. */
  end(): Promise<void>;
}

/** Beyond these, the settings that were asked for longest ago give up their spares. */
const mostShelves = 4;
const endMs = 1_000;
/** What one plugin alone was started with may never be asked for again. */
const wantedBy = 2;

export interface WorkerSupplyOptions {
  /** The transport's, for errors. */
  readonly name: string;
  /** How many are kept on each shelf. */
  readonly spares: number;
  /** What a plugin is started with for which nothing special is asked. There are spares for the first one. */
  readonly plain: () => SpareSettings;
  readonly start: (settings: SpareSettings) => Spare;
}

export function workerSupply({ name, spares, plain, start }: WorkerSupplyOptions): WorkerSupply {
  /** The last one was asked for last. */
  const shelves = new Map<string, Shelf>();
  let ended = false;

  const checkOpen = () => {
    if (ended) throw new PluginError("ERR_OPTION", `The ${name} transport was disposed of. Make a new one.`);
  };
  const newShelf = (settings: SpareSettings, key: string) => {
    const isPlain = key === settingsKey(plain());
    return shelf({ name, size: spares, wantedBy: isPlain ? 1 : wantedBy, start: () => start(settings) });
  };
  const of = (settings: SpareSettings) => {
    const key = settingsKey(settings);
    const found = shelves.get(key) ?? newShelf(settings, key);
    shelves.delete(key);
    shelves.set(key, found);
    const [oldest] = shelves;
    if (shelves.size > mostShelves && oldest !== undefined) {
      shelves.delete(oldest[0]);
      void oldest[1].end();
    }
    return found;
  };
  return {
    checkOpen,
    of,
    filled: async (atLeast) => {
      checkOpen();
      of(plain());
      try {
        await Promise.all([...shelves.values()].map((each) => each.filled(atLeast)));
      } finally {
        checkOpen();
      }
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
