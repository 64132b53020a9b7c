import { createHistogram } from "node:perf_hooks";

/** What is going on in a pool, and what has gone on since it was made. */
export interface PluginPoolStats {
  /** Calls that wait for a replica. */
  readonly waiting: number;
  /** Calls that a replica has and has not answered; those of objects that it has shared are not the pool's. */
  readonly running: number;
  readonly replicas: readonly ReplicaStats[];
  /** Replicas that were started because another one had died or failed to start. */
  readonly restarts: number;
  /** How long calls waited for a replica. */
  readonly waitMs: DurationStats;
  /** How long replicas took for their calls, those that failed included. */
  readonly runMs: DurationStats;
}

export interface ReplicaStats {
  /** `pid 4711` or `thread 3`; `starting` until there is one. */
  readonly id: string;
  /** A replica that is retiring gets no new calls and ends when it has answered those it has. */
  readonly state: "starting" | "ready" | "retiring";
  readonly running: number;
  readonly resolved: number;
  readonly rejected: number;
}

/** Durations in milliseconds, exact to a hundredth of their value; NaN where there were none. */
export interface DurationStats {
  readonly count: number;
  readonly min: number;
  readonly mean: number;
  readonly max: number;
  readonly p50: number;
  readonly p90: number;
  readonly p99: number;
}

export interface Durations {
  record(ms: number): void;
  stats(): DurationStats;
}

const nsPerMs = 1e6;
/** Longer ones count as a day. */
const dayNs = 86_400_000 * nsPerMs;

export function durations(): Durations {
  const histogram = createHistogram({ lowest: 1, highest: dayNs, figures: 2 });
  const toMs = (ns: number) => (histogram.count === 0 ? Number.NaN : ns / nsPerMs);
  return {
    record: (ms) => histogram.record(Math.min(dayNs, Math.max(1, Math.round(ms * nsPerMs)))),
    stats: () => ({
      count: histogram.count,
      min: toMs(histogram.min),
      mean: toMs(histogram.mean),
      max: toMs(histogram.max),
      p50: toMs(histogram.percentile(50)),
      p90: toMs(histogram.percentile(90)),
      p99: toMs(histogram.percentile(99)),
    }),
  };
}
