import type { PluginError } from "../../errors.js";
import type { PluginExit } from "../../transports/transport.js";
import type { PluginClient } from "../client.js";
import { deferred } from "../deferred.js";
import type { PluginLogger } from "../options.js";
import type { Dispatcher } from "./dispatcher.js";
import { type Replica, startReplica } from "./replica.js";
import { retirement } from "./retirement.js";
import { starts } from "./starts.js";
import type { Durations, ReplicaStats } from "./statistics.js";

/** Keeps as many replicas as a pool needs: no fewer than `min`, no more than `max`. */
export interface Replicas {
  /** Starts those that are missing: the fewest, and where calls wait, enough for them. */
  fill(): void;
  /** Resolves when one is ready and each of those that are being started was tried. Never, where none can be started. */
  started(): Promise<void>;
  /** Replaces those there are now, one by one, each by one that is ready. Rejects with what a start rejects with. */
  restart(drainMs: number): Promise<void>;
  /** How many were started because another one had died or failed to start. */
  readonly restarts: number;
  stats(): ReplicaStats[];
  /** Kills all of them. Resolves with how each ended. */
  end(): Promise<PluginExit[]>;
}

export interface ReplicasRules {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly callsPerReplica: number;
  readonly idleMs: number;
  readonly logger: PluginLogger;
  readonly dispatcher: Dispatcher;
  readonly runs: Durations;
  makeClient(): PluginClient<never>;
  /** Told when no replica works and starting more of them is of no use. */
  onGivenUp(error: PluginError): void;
}

export function replicaSet(rules: ReplicasRules): Replicas {
  const { name, min, max, logger, dispatcher } = rules;
  const firstReady = deferred<void>();
  const retired = retirement(dispatcher, min, rules.idleMs);
  /** Replicas that died or failed to start, and were not replaced yet. */
  let owed = 0;
  let restarts = 0;
  let hasEnded = false;

  const join = (replica: Replica, died: () => void) => {
    dispatcher.add(replica);
    firstReady.resolve();
    retired.watchIdle();
    void replica.lost.then(() => {
      if (!dispatcher.remove(replica) || hasEnded) return;
      logger.warn(`${name}: a replica has ended; another one takes its place`);
      retired.letEnd(replica);
      died();
      owed++;
      fill();
    });
  };
  const started = starts({
    name,
    start: (onProven) => startOne(rules, onProven, retired.watchIdle),
    join,
    onFailed: () => owed++,
    onOver: () => fill(),
    onHopeless: (error) => {
      if (size() === 0) rules.onGivenUp(error);
    },
  });
  const groups = () =>
    [
      ["starting", started.replicas],
      ["ready", dispatcher.replicas],
      ["retiring", retired.replicas],
    ] as const;
  const size = () => started.replicas.size + dispatcher.replicas.length;
  const fill = () => {
    if (size() >= max || hasEnded || started.isPausing) return;
    for (let missing = wanted(rules, size()) - size(); missing > 0; missing--) {
      if (owed-- > 0) restarts++;
      started.add();
    }
    owed = 0;
  };
  const addNow = async () => {
    if (!hasEnded) await started.addNow();
  };
  return {
    fill,
    started: async () => {
      await firstReady.promise;
      await Promise.allSettled([...started.replicas].map(({ ready }) => ready));
    },
    restart: async (drainMs) => {
      const present = [...dispatcher.replicas, ...started.replicas];
      await replaceEach(present, addNow, (replica) => retired.retire(replica, drainMs));
    },
    get restarts() {
      return restarts;
    },
    stats: () => groups().flatMap(([state, replicas]) => [...replicas].map((each) => each.stats(state))),
    end: () => {
      hasEnded = true;
      started.end();
      retired.end();
      const all = groups().flatMap(([, replicas]) => [...replicas]);
      for (const replica of all) dispatcher.remove(replica);
      return Promise.all(all.map((replica) => replica.kill()));
    },
  };
}

function startOne(
  { makeClient, runs, dispatcher }: ReplicasRules,
  onProven: () => void,
  onIdle: () => void,
): Replica {
  const replica: Replica = startReplica(makeClient(), (ms) => {
    runs.record(ms);
    if (replica.isProven) onProven();
    dispatcher.answered(replica);
    if (replica.running === 0) onIdle();
  });
  return replica;
}

async function replaceEach(
  replicas: readonly Replica[],
  addOther: () => Promise<void>,
  retire: (replica: Replica) => Promise<void>,
): Promise<void> {
  for (const replica of replicas) {
    await addOther();
    await replica.ready.catch(() => {});
    await retire(replica);
  }
}

/** How many replicas there should be now: enough for the calls that wait, and one more where each has something to do. */
function wanted({ min, max, callsPerReplica, dispatcher }: ReplicasRules, size: number): number {
  const { replicas, waiting } = dispatcher;
  const isCrowded = size > 0 && size === replicas.length && replicas.every(({ running }) => running > 0);
  const forWaiting = replicas.length + Math.ceil(waiting / callsPerReplica);
  return Math.max(min, Math.min(max, Math.max(isCrowded ? size + 1 : 0, forWaiting)));
}
