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

export function retirement(dispatcher: Dispatcher, min: number, idleMs: number): Retirement {
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
    await within(drainMs, unused(replica));
    await replica.kill();
  };
  const spareIdle = () => {
    timer = undefined;
    const before = performance.now() - idleMs;
    for (const replica of [...dispatcher.replicas].reverse()) {
      const { running, idleSince, liveChannels } = replica;
      const isIdle = running === 0 && idleSince <= before && liveChannels === 0;
      if (isIdle && dispatcher.replicas.length > min) void retire(replica, 0);
    }
    watchIdle();
  };
  const watchIdle = () => {
    if (hasEnded || timer !== undefined || dispatcher.replicas.length <= min) return;
    timer = setTimeout(spareIdle, idleMs + 1).unref();
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

/** Resolves when a replica has answered its calls and shares nothing with its host, or is lost. */
async function unused(replica: Replica): Promise<void> {
  await replica.drained();
  // Nobody tells when the last stream or object is let go of.
  while (replica.liveChannels > 0 && !(await within(lookAgainMs, replica.lost)));
}
