import { setTimeout as sleep } from "node:timers/promises";
import { threadTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { temporaryPath } from "../../support/files.js";
import { type KeptPlugin, keptTransport } from "../../support/kept-transport.js";
import { pool } from "../../support/pool.js";
import { until } from "../../support/processes.js";
import { randomOf } from "../../support/random.js";

interface Planned {
  replica: { start(): number };
}

// For longer, and once more: PORTCALL_CHAOS_MS=60000 PORTCALL_CHAOS_SEED=1 npx vitest run test/host/pool/fuzz.test.ts
const { PORTCALL_CHAOS_MS = "3000", PORTCALL_CHAOS_SEED = String(Math.floor(Math.random() * 2 ** 31)) } =
  process.env;
const deadline = performance.now() + Number(PORTCALL_CHAOS_MS);
const random = randomOf(Number(PORTCALL_CHAOS_SEED));
const upTo = (most: number) => Math.floor(random() * (most + 1));

describe(`pools whose replicas die, fail to start and are restarted (seed ${PORTCALL_CHAOS_SEED})`, () => {
  it("settle every call, and have no fewer replicas than the fewest and no more than the most", async () => {
    while (performance.now() < deadline) await onePool();
  });
});

async function onePool(): Promise<void> {
  const living = new Set<KeptPlugin>();
  const min = upTo(2);
  const max = Math.max(1, min) + upTo(1);
  const fuzzed = pool<Planned>(
    {
      transport: keptTransport(threadTransport(), living),
      replicas: { min, max },
      callsPerReplica: 1 + upTo(1),
      idleMs: upTo(300),
      killGraceMs: 200,
      args: [temporaryPath(), ...plan()],
    },
    "planned.js",
  );
  const deeds = [
    () => fuzzed.components.replica.start(),
    () => fuzzed.with({ timeoutMs: 1 + upTo(100) }).replica.start(),
    () => fuzzed.restart({ drainMs: upTo(200) }),
    async () => [...living][0]?.running.stop(0),
  ];
  const settled: Promise<unknown>[] = [];
  for (let i = 0; i < 10; i++) {
    settled.push(Promise.allSettled([deeds[upTo(deeds.length - 1)]?.()]));
    await sleep(upTo(100));
  }
  await Promise.all(settled);
  expect(await fuzzed.components.replica.start()).toBeGreaterThan(0);
  const ready = () => fuzzed.stats().replicas.filter(({ state }) => state === "ready").length;
  await until("as many replicas as there should be", () => ready() >= min && ready() <= max);
  await fuzzed.kill();
  expect(living.size).toBe(0);
}

/** Two in a row fail at the most: a pool gives up after five. */
function plan(): string[] {
  const words: string[] = [];
  while (words.length < 12) words.push(...["fails", "fails"].slice(upTo(2)), "serves");
  return words;
}
