import type { Call } from "../calls.js";
import type { Replica } from "./replica.js";
import type { Durations } from "./statistics.js";
import { waitingCalls } from "./waiting-calls.js";

/** Gives every call to one replica, once: to the least busy one, or to the first that has room again. */
export interface Dispatcher {
  call(call: Call): Promise<unknown>;
  /** A replica that may be called from now on, the longest known first. */
  add(replica: Replica): void;
  /** It gets no more calls. Says whether it was here. */
  remove(replica: Replica): boolean;
  readonly replicas: readonly Replica[];
  /** To be told that a replica has answered a call: it may have room for another one. */
  answered(replica: Replica): void;
  readonly waiting: number;
  /** Rejects the calls that wait, and all later ones, with what `reason` makes. */
  end(reason: () => unknown): void;
}

export interface DispatcherRules {
  readonly callsPerReplica: number;
  readonly maxQueue: number;
  readonly maxMessageBytes: number;
  /** Takes how long each call waited. */
  readonly waits: Durations;
  /** Told of each call that found every replica busy. */
  readonly onPressure: () => void;
}

export function dispatcher(rules: DispatcherRules): Dispatcher {
  const { callsPerReplica, waits, onPressure } = rules;
  const replicas: Replica[] = [];
  const queue = waitingCalls(rules.maxQueue, rules.maxMessageBytes);
  let ended: (() => unknown) | undefined;

  const runOn = (replica: Replica, call: Call, waitedMs: number) => {
    waits.record(waitedMs);
    return replica.call(call);
  };
  const giveWork = (replica: Replica) => {
    while (queue.size > 0 && !replica.isLost && replica.running < callsPerReplica) {
      queue.runFirst((call, waitedMs) => runOn(replica, call, waitedMs));
    }
  };
  return {
    replicas,
    call: (call) => {
      if (ended !== undefined) return Promise.reject(ended());
      const replica = leastBusy(replicas);
      const hasRoom = replica !== undefined && replica.running < callsPerReplica;
      // While none is ready, those that the first one will take have a place: the first use starts the pool.
      const places = replica === undefined ? callsPerReplica : 0;
      const outcome = hasRoom ? runOn(replica, call, 0) : queue.add(call, places);
      if (!hasRoom || replica.running > 1) onPressure();
      return outcome;
    },
    add: (replica) => {
      replicas.push(replica);
      giveWork(replica);
    },
    remove: (replica) => {
      const index = replicas.indexOf(replica);
      if (index >= 0) replicas.splice(index, 1);
      return index >= 0;
    },
    answered: (replica) => {
      if (queue.size > 0 && replicas.includes(replica)) giveWork(replica);
    },
    get waiting() {
      return queue.size;
    },
    end: (reason) => {
      ended ??= reason;
      queue.endAll(ended);
    },
  };
}

/** Of those that are alike the one that is known the longest: the others fall idle, and can be spared. */
function leastBusy(replicas: readonly Replica[]): Replica | undefined {
  let least: Replica | undefined;
  for (const replica of replicas) {
    if (replica.isLost) continue;
    if (replica.running === 0) return replica;
    if (least === undefined || replica.running < least.running) least = replica;
  }
  return least;
}
