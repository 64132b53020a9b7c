import { PluginError, processTransport, threadTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { linesOf, temporaryPath } from "../../support/files.js";
import { type KeptPlugin, keptTransport } from "../../support/kept-transport.js";
import { pool } from "../../support/pool.js";
import { until } from "../../support/processes.js";
import { randomOf } from "../../support/random.js";

// A minute of it: PORTCALL_CHAOS_MS=60000 npx vitest run test/host/pool/chaos.test.ts
const { PORTCALL_CHAOS_MS = "3000", PORTCALL_CHAOS_SEED = String(Math.floor(Math.random() * 2 ** 31)) } =
  process.env;
const chaosMs = Number(PORTCALL_CHAOS_MS);
const seed = Number(PORTCALL_CHAOS_SEED);

const replicas = 3;
const callsPerReplica = 4;
const callers = 20;

describe("a pool whose replicas are killed at random, under load", () => {
  it.each([processTransport(), threadTransport()])(
    "loses no call but those in flight, and runs none twice ($name)",
    async (transport) => {
      console.log(`chaos of ${chaosMs} ms, ${transport.name}, seed ${seed}`);
      const random = randomOf(seed);
      const log = temporaryPath();
      const living = new Set<KeptPlugin>();
      const chaotic = pool({
        transport: keptTransport(transport, living),
        replicas: { min: replicas, max: replicas },
        callsPerReplica,
        args: [log],
      });
      await chaotic.start();

      const end = performance.now() + chaosMs;
      const lost: unknown[] = [];
      const answered: string[] = [];
      let made = 0;
      let hasEnded = false;
      void chaotic.exited.then(() => {
        hasEnded = true;
      });
      const caller = async () => {
        while (performance.now() < end && !hasEnded) {
          const call = `call ${++made}`;
          await chaotic.components.replica.run(call).then(
            (answer) => {
              expect(answer).toBe(call);
              answered.push(call);
            },
            (error) => lost.push(error),
          );
        }
      };
      const load = Array.from({ length: callers }, caller);
      let kills = 0;
      while (performance.now() < end) {
        await new Promise((resolve) => setTimeout(resolve, random() * 200));
        // To kill them as they start would be a test of giving up.
        const serving = [...living].filter(({ wire }) => wire !== undefined);
        const victim = serving[Math.floor(random() * serving.length)];
        if (victim !== undefined) kills++;
        await victim?.running.stop(0);
      }
      await Promise.all(load);

      console.log(`${made} calls, ${kills} kills, ${lost.length} calls lost with them`);
      for (const error of lost) {
        expect(error).toBeInstanceOf(PluginError);
        // Stuck is one that was not gone in time, which a machine that is busy enough makes of any.
        expect(error).toMatchObject({
          code: "ERR_PLUGIN_EXITED",
          exit: { how: expect.stringMatching(/^(killed|stuck)$/) },
        });
      }
      expect(lost.length).toBeLessThanOrEqual(kills * callsPerReplica);
      expect(answered.length + lost.length).toBe(made);
      const runs = linesOf(log);
      expect(new Set(runs).size).toBe(runs.length);
      const ran = new Set(runs);
      expect(answered.filter((call) => !ran.has(call))).toEqual([]);
      expect(chaotic.stats()).toMatchObject({ waiting: 0, running: 0 });
      await until(
        "the pool is at strength",
        () => chaotic.stats().replicas.filter(({ state }) => state === "ready").length === replicas,
      );
    },
    chaosMs + 60_000,
  );
});
