import { PluginPool, type PluginPoolOptions, type Remote } from "portcall";
import { onTestFinished } from "vitest";
import { fixture } from "./load.js";

/** What test/fixtures/plugins/replica.js serves. */
export interface Replicas {
  replica: {
    id(): string;
    run(call: string): string;
    hold(running: (id: string) => void, release: () => Promise<void>): Promise<string>;
    holdSignal(running: (id: string) => void): Promise<void>;
    fail(message: string): never;
    exit(code: number): void;
    exitSoon(code: number): void;
    counter(): { next(): Promise<string> };
    numbers(most: number): AsyncIterable<number>;
  };
}

/** A pool of a fixture, killed when the test is over. */
export function pool<C = Replicas>(options: PluginPoolOptions, name: string = "replica.js"): PluginPool<C> {
  const made = new PluginPool<C>(fixture(name), options);
  onTestFinished(async () => void (await made.kill()));
  return made;
}

/** Calls that a replica has and does not answer until they are released. */
export interface HeldCalls {
  /** In the order in which they were made. */
  readonly answers: readonly Promise<string>[];
  /** The replica of each, in the order in which they began to run. */
  readonly began: readonly string[];
  release(): void;
}

/** Makes so many calls, and resolves when as many of them run. */
export async function hold(
  components: Remote<Replicas>,
  calls: number,
  running: number = calls,
): Promise<HeldCalls> {
  const began: string[] = [];
  let release = () => {};
  let enough = () => {};
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const allRun = new Promise<void>((resolve) => {
    enough = resolve;
  });
  const answers = Array.from({ length: calls }, () =>
    components.replica.hold(
      (id) => {
        began.push(id);
        if (began.length === running) enough();
      },
      () => released,
    ),
  );
  for (const answer of answers) answer.catch(() => {});
  await allRun;
  return { answers, began, release };
}

/** The states of a pool's replicas. */
export function states(replicas: { stats(): { replicas: readonly { state: string }[] } }): string[] {
  return replicas.stats().replicas.map(({ state }) => state);
}
