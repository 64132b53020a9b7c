import { availableParallelism } from "node:os";
import type { RunningPlugin } from "../transport.js";
import type { Shelf } from "./shelf.js";

/** A plugin's start is over so long after it has its connection: its first call is part of it. */
const firstCallMs = 20;
/** A slow start alone keeps nothing waiting for longer. */
const longestStartMs = 100;
/** Nor do many starts, one after another. */
const longestWaitMs = 1_000;

/** Says when spares are started in the place of those that were taken. */
export interface Refill {
  /** Fills a shelf when this plugin's start is over, and fewer others are under way than there are processors. */
  after(start: RunningPlugin, shelf: Pick<Shelf, "fill">): RunningPlugin;
}

/** To start a worker takes milliseconds of the host, and then a processor: plugins that start now would wait for it. */
export function refill(processors: number = availableParallelism()): Refill {
  const due = new Set<Pick<Shelf, "fill">>();
  let underWay = 0;
  let latest: NodeJS.Timeout | undefined;

  const fillDue = () => {
    clearTimeout(latest);
    latest = undefined;
    const shelves = [...due];
    due.clear();
    for (const shelf of shelves) shelf.fill();
  };
  const fillIfQuiet = () => {
    if (underWay < processors) fillDue();
    else if (due.size > 0) latest ??= setTimeout(fillDue, longestWaitMs).unref();
  };

  return {
    after: (start, shelf) => {
      underWay++;
      let isOver = false;
      const want = () => {
        due.add(shelf);
        fillIfQuiet();
      };
      const end = () => {
        if (!isOver) underWay--;
        isOver = true;
        want();
      };
      setTimeout(want, longestStartMs).unref();
      void start.exited.then(end);
      return {
        ...start,
        connect: (address) => start.connect(address).finally(() => void setTimeout(end, firstCallMs).unref()),
      };
    },
  };
}
