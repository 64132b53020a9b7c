import type { PluginExit } from "../../transports/transport.js";
import type { Call } from "../calls.js";
import { type ClientLink, linkTo, type PluginClient } from "../client.js";
import type { ReplicaStats } from "./statistics.js";

/** One of the plugins behind a pool. */
export interface Replica {
  /** Resolves when it can be called. Rejects with what its start rejects with. */
  readonly ready: Promise<void>;
  /** Resolves when nothing more can reach it: it has died or was ended, or never started. */
  readonly lost: Promise<void>;
  readonly exited: Promise<PluginExit>;
  /** Calls of the pool that it has and has not answered. */
  readonly running: number;
  /** When it last had a call, or became ready; a time of `performance.now()`. */
  readonly idleSince: number;
  /** Whether it has shown that it works: it has resolved a call. */
  readonly isProven: boolean;
  /** Whether a call runs, through a handle that is gone already too, or something is shared with the host. */
  readonly isInUse: boolean;
  /** Whether nothing reaches it any more, which `lost` tells later. */
  readonly isLost: boolean;
  call(call: Call): Promise<unknown>;
  /** Resolves when it has answered its calls, or is lost. To be asked once it gets no more of them. */
  drained(): Promise<void>;
  kill(): Promise<PluginExit>;
  stats(state: ReplicaStats["state"]): ReplicaStats;
}

/** Told of every answer, with how long it took. */
type OnAnswer = (ms: number) => void;

export function startReplica(client: PluginClient<never>, onAnswer: OnAnswer): Replica {
  let link: ClientLink | undefined;
  let id = "starting";
  let running = 0;
  let resolved = 0;
  let rejected = 0;
  let idleSince = 0;
  let onDrained = () => {};

  const connect = async () => {
    link = await linkTo(client);
    idleSince = performance.now();
    id = (await client.describe()).id;
  };
  const ready = connect();
  const lost = ready.then(
    async () => void (await link?.lost),
    () => {},
  );
  const answered = (since: number) => {
    const now = performance.now();
    running--;
    if (running === 0) {
      idleSince = now;
      onDrained();
    }
    onAnswer(now - since);
  };
  return {
    ready,
    lost,
    exited: client.exited,
    get running() {
      return running;
    },
    get idleSince() {
      return idleSince;
    },
    get isProven() {
      return resolved > 0;
    },
    get isInUse() {
      const { callsInFlight, liveChannels } = client.diagnostics();
      return callsInFlight + liveChannels > 0;
    },
    get isLost() {
      return link?.isLost === true;
    },
    call: (call) => {
      const since = performance.now();
      running++;
      return (link as ClientLink).call(call).then(
        (value) => {
          resolved++;
          answered(since);
          return value;
        },
        (error) => {
          rejected++;
          answered(since);
          throw error;
        },
      );
    },
    drained: async () => {
      if (running === 0) return;
      const drained = new Promise<void>((resolve) => {
        onDrained = resolve;
      });
      await Promise.race([drained, lost]);
    },
    kill: () => client.kill(),
    stats: (state) => ({ id, state, running, resolved, rejected }),
  };
}
