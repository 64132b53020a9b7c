import { PluginError } from "../../errors.js";
import type { PluginExit } from "../../transports/transport.js";
import { backOff } from "./back-off.js";
import type { Replica } from "./replica.js";

/** Starts replicas, later each time while they fail. */
export interface Starts {
  readonly replicas: ReadonlySet<Replica>;
  /** Whether nothing is started by itself, for the last one failed or died a short time ago. */
  readonly isPausing: boolean;
  /** Starts one. When it is ready it has joined. What it fails with is dealt with here. */
  add(): void;
  /** Starts one at once. Resolves when it is ready and has joined; rejects with what it fails with. */
  addNow(): Promise<void>;
  end(): void;
}

export interface StartsRules {
  readonly name: string;
  start(onProven: () => void): Replica;
  /** Takes a replica that is ready, and how to say that it has died. */
  join(replica: Replica, died: () => void): void;
  /** One has died or failed to start: its place is free, though nothing may be started before the pause is over. */
  onMissing(): void;
  /** A pause is over. */
  onOver(): void;
  /** More starts are of no use, unless another replica still works. `exit` is how the last one to start ended. */
  onHopeless(error: PluginError, exit: Promise<PluginExit>): void;
}

/** So many starts in a row may fail. */
const mostFailures = 5;

export function starts({ name, start, join, onMissing, onOver, onHopeless }: StartsRules): Starts {
  const replicas = new Set<Replica>();
  const pause = backOff(onOver);
  let failures = 0;
  let hasEnded = false;

  const run = async (onError: (error: unknown, round: number, replica: Replica) => void) => {
    const { round } = pause;
    const replica = start(() => pause.worked(round));
    replicas.add(replica);
    try {
      await replica.ready;
    } catch (error) {
      replicas.delete(replica);
      if (!hasEnded) onError(error, round, replica);
      throw error;
    }
    replicas.delete(replica);
    failures = 0;
    join(replica, () => {
      pause.failed(round);
      onMissing();
    });
  };
  const failed = (error: unknown, round: number, { exited }: Replica) => {
    if (round === pause.round) failures++;
    pause.failed(round);
    if (failures >= mostFailures || isForGood(error)) onHopeless(gaveUp(name, failures, error), exited);
    onMissing();
  };
  return {
    replicas,
    get isPausing() {
      return pause.isPausing;
    },
    add: () => void run(failed).catch(() => {}),
    addNow: () => run(onMissing),
    end: () => {
      hasEnded = true;
      pause.end();
    },
  };
}

/** Whether no later start can fare better. */
function isForGood(error: unknown): boolean {
  return error instanceof PluginError && (error.code === "ERR_OPTION" || error.code === "ERR_PARITY");
}

function gaveUp(name: string, failures: number, error: unknown): PluginError {
  const { code = "ERR_SPAWN", message, exit } = error as Partial<PluginError>;
  return new PluginError(
    code,
    `The pool of ${name} has given up: its last ${failures} starts failed and no replica works. The last one: ${message}`,
    exit === undefined ? { cause: error } : { cause: error, exit },
  );
}
