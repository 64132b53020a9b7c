import { createWriteStream } from "node:fs";
import { setTimeout as sleep } from "node:timers/promises";
import { fileURLToPath } from "node:url";

import { describe, expect, it, onTestFinished } from "vitest";
import { diceOf } from "../soak/dice.js";
import { faults, harmless } from "../soak/faults.js";
import { type KeptPlugin, keptTransport } from "../support/kept-transport.js";
import { fixture, load, type MakeTransport, rejection } from "../support/load.js";
import { forceEnd, untilGone } from "../support/processes.js";
import { keepingLogger } from "../support/streams.js";

interface Soaked {
  soaked: {
    echo<T>(value: T): Promise<T>;
    hang(): Promise<never>;
    back(fn: () => Promise<void>, value: unknown): Promise<void>;
    count(to: number): AsyncIterable<number>;
    untilAborted(options: { signal: AbortSignal }): Promise<string>;
    family(): Promise<number[]>;
    print(kilobytes: number): void;
    jump(ms: number): void;
    later(ms: number): Promise<string>;
  };
}

/** What holds on a transport whatever befalls. docs/faults.md is the list. */
export function faultsSuite(name: string, kind: "process" | "thread", transport: MakeTransport): void {
  const names = Object.keys(faults).filter((fault) => faults[fault]?.on.includes(kind));
  const start = async () => {
    const living = new Set<KeptPlugin>();
    const plugin = await load<Soaked>("soaked.js", { transport: keptTransport(transport(), living) });
    const pids = await plugin.components.soaked.family();
    onTestFinished(() => pids.forEach(forceEnd));
    const befall = (fault: string) =>
      faults[fault]?.befall({
        living: [...living],
        components: plugin.components,
        plugin,
        dice: diceOf(1, 1),
      });
    return { plugin, pids, befall };
  };

  describe(`a ${name}`, () => {
    it.each(names.filter((fault) => !harmless.includes(fault)))(
      "that meets this leaves no call, nobody and nothing: %s",
      async (fault) => {
        const { plugin, pids, befall } = await start();
        const { soaked } = plugin.components;
        const numbers = await soaked.count(1_000_000);
        const calls = [
          soaked.hang(),
          soaked.untilAborted({ signal: new AbortController().signal }),
          soaked.back(() => new Promise(() => {}), 0),
          readAll(numbers),
        ].map(rejection);
        await soaked.echo("they have arrived");
        await Promise.resolve(befall(fault)).catch(() => {});
        for (const call of calls) expect(await call).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
        expect((await plugin.exited).how).not.toBe("stuck");
        expect(plugin.diagnostics()).toMatchObject({ callsInFlight: 0, liveChannels: 0 });
        await untilGone(pids, 2_000);
      },
    );

    it(`goes on after ${harmless.filter((fault) => names.includes(fault)).join(", ")}`, async () => {
      const { plugin, pids, befall } = await start();
      for (const fault of names.filter((each) => harmless.includes(each))) {
        const large = plugin.components.soaked.echo(new Uint8Array(4_000_000));
        await befall(fault);
        expect(await large).toHaveLength(4_000_000);
      }
      await plugin.kill();
      expect(plugin.diagnostics()).toMatchObject({ callsInFlight: 0, liveChannels: 0 });
      await untilGone(pids, 2_000);
    });

    it.runIf(process.platform === "linux")(
      "prints on a full disk, which is said once, and goes on",
      async () => {
        const logger = keepingLogger();
        const stderr = createWriteStream("/dev/full");
        const plugin = await load<Soaked>("soaked.js", { transport: transport(), stderr, logger });
        for (let i = 0; i < 3; i++) await plugin.components.soaked.print(200);
        await plugin.kill();
        const file = fileURLToPath(fixture("soaked.js"));
        expect(logger.messages("warn")).toEqual([
          `${file}: stderr: the sink failed, output is no longer written to it: ENOSPC: no space left on device, write`,
        ]);
        expect(stderr.closed).toBe(true);
      },
    );

    it("keeps its times while the wall clocks of both sides jump", async () => {
      const plugin = await load<Soaked>("soaked.js", { transport: transport(), killGraceMs: 5_000 });
      const { now } = Date;
      onTestFinished(() => {
        Date.now = now;
      });
      for (const ms of [-1e12, 1e12]) {
        const late = rejection(plugin.with({ timeoutMs: 100 }).soaked.hang());
        const timely = plugin.with({ timeoutMs: 20_000 }).soaked.later(150);
        Date.now = () => now() + ms;
        await plugin.components.soaked.jump(ms);
        expect(await late).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
        expect(await timely).toBe("later");
      }
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
    });
  });

  describe(`a host that is blocked while a ${name}`, () => {
    it("starts does not take it for late", async () => {
      const starting = load<Soaked>("soaked.js", { transport: transport(), startTimeoutMs: 1_000 });
      block(1_200);
      const plugin = await starting;
      expect(await plugin.components.soaked.echo("here")).toBe("here");
    });

    it("ends in order does not take it for forced, or stuck", async () => {
      const plugin = await load<Soaked>("soaked.js", { transport: transport(), killGraceMs: 400 });
      const killed = plugin.kill();
      // What is asked of a thread leaves at the end of the turn.
      await sleep(0);
      block(1_200);
      expect(await killed).toMatchObject({ how: "killed", forced: false });
    });
  });
}

async function readAll(items: AsyncIterable<unknown>): Promise<void> {
  for await (const _ of items) await new Promise((resolve) => setTimeout(resolve, 1));
}

function block(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}
