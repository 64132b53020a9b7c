import { within } from "../../transports/ending.js";
import type { Dispatcher } from "./dispatcher.js";
import type { Replica } from "./replica.js";

/** Where replicas go that get no more calls. */
export interface Retirement {
  /** Kills a replica when it is no longer used, or after `drainMs`. Resolves when it is gone. */
  retire(replica: Replica, drainMs: number): Promise<void>;
  /** Keeps a replica that ends by itself, until it has. */
  letEnd(replica: Replica): void;
  /** To be asked where a replica may have fallen idle: those beyond the fewest retire when they have been for long. */
  watchIdle(): void;
  readonly replicas: ReadonlySet<Replica>;
  end(): void;
}

/** How often a replica is looked at that still shares something. */
const lookAgainMs = 25;
const longestTimerMs = 2 ** 31 - 1;

export interface RetirementRules {
  /** The fewest replicas. */
  readonly min: number;
  readonly idleMs: number;
  /** Told when a replica gets no more calls: there may be too few of them now. */
  onRetired(): void;
}

export function retirement(dispatcher: Dispatcher, { min, idleMs, onRetired }: RetirementRules): Retirement {
  const replicas = new Set<Replica>();
  let timer: NodeJS.Timeout | undefined;
  let hasEnded = false;

  const letEnd = (replica: Replica) => {
    replicas.add(replica);
    void replica.exited.then(() => replicas.delete(replica));
  };
  const retire = async (replica: Replica, drainMs: number) => {
    if (!dispatcher.remove(replica)) return;
    letEnd(replica);
    onRetired();
    await within(drainMs, unused(replica));
    await replica.kill();
  };
  const spareIdle = () => {
    timer = undefined;
    const before = performance.now() - idleMs;
    for (const replica of [...dispatcher.replicas].reverse()) {
      const isIdle = replica.running === 0 && replica.idleSince <= before && !replica.isInUse;
      if (isIdle && dispatcher.replicas.length > min) void retire(replica, 0);
    }
    watchIdle();
  };
  const watchIdle = () => {
    if (hasEnded || timer !== undefined || dispatcher.replicas.length <= min) return;
    const now = performance.now();
    const dues = dispatcher.replicas.map(({ idleSince }) => idleSince + idleMs + 1 - now);
    const ms = Math.min(idleMs + 1, ...dues.filter((due) => due > 0));
    timer = setTimeout(spareIdle, Math.min(longestTimerMs, ms)).unref();
  };
  return {
    retire,
    letEnd,
    watchIdle,
    replicas,
    end: () => {
      hasEnded = true;
      clearTimeout(timer);
    },
  };
}

/** Resolves when a replica runs no call and shares nothing with its host, or is lost. */
async function unused(replica: Replica): Promise<void> {
  await replica.drained();
  // Nobody tells when the last stream or object is let go of.
  while (replica.isInUse && !(await within(lookAgainMs, replica.lost)));
}
