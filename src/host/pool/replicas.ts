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
  /** Told when no replica works and starting more of them is of no use, with how the last one ended. */
  onGivenUp(error: PluginError, exit: Promise<PluginExit>): void;
}

export function replicaSet(rules: ReplicasRules): Replicas {
  const { name, logger, dispatcher } = rules;
  const firstReady = deferred<void>();
  const retired = retirement(dispatcher, { ...rules, onRetired: () => fill() });
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
    });
  };
  const started = starts({
    name,
    start: (onProven) => startOne(rules, onProven, retired.watchIdle),
    join,
    onMissing: () => {
      owed++;
      fill();
    },
    onOver: () => fill(),
    onHopeless: (...failure) => {
      if (size() === 0) rules.onGivenUp(...failure);
    },
  });
  const size = () => started.replicas.size + dispatcher.replicas.length;
  /** To be asked wherever a replica has left or a call has come to wait: nothing else starts one. */
  const fill = () => {
    if (hasEnded || started.isPausing) return;
    for (let missing = wanted(rules, size()) - size(); missing > 0; missing--) {
      if (owed-- > 0) restarts++;
      started.add();
    }
    owed = 0;
  };
  const present = () => [...dispatcher.replicas, ...started.replicas];
  return {
    fill,
    started: async () => {
      await firstReady.promise;
      await Promise.allSettled([...started.replicas].map(({ ready }) => ready));
    },
    restart: async (drainMs) => {
      for (const replica of present()) {
        // What has left meanwhile has a successor already.
        if (hasEnded || !present().includes(replica)) continue;
        await started.addNow();
        await replica.ready.catch(() => {});
        await retired.retire(replica, drainMs);
      }
    },
    get restarts() {
      return restarts;
    },
    stats: () => [
      ...[...started.replicas].map((each) => each.stats("starting")),
      ...dispatcher.replicas.map((each) => each.stats("ready")),
      ...[...retired.replicas].map((each) => each.stats("retiring")),
    ],
    end: () => {
      hasEnded = true;
      started.end();
      retired.end();
      return killAll([...present(), ...retired.replicas], dispatcher);
    },
  };
}

function killAll(replicas: readonly Replica[], dispatcher: Dispatcher): Promise<PluginExit[]> {
  for (const replica of replicas) dispatcher.remove(replica);
  return Promise.all(replicas.map((replica) => replica.kill()));
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

/** How many replicas there should be now: enough for the calls that wait, and one more where each has something to do. */
function wanted({ min, max, callsPerReplica, dispatcher }: ReplicasRules, size: number): number {
  const { replicas, waiting } = dispatcher;
  const isCrowded = size > 0 && size === replicas.length && replicas.every(({ running }) => running > 0);
  const forWaiting = replicas.length + Math.ceil(waiting / callsPerReplica);
  return Math.max(min, Math.min(max, Math.max(isCrowded ? size + 1 : 0, forWaiting)));
}
