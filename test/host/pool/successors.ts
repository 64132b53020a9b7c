import { writeFileSync } from "node:fs";
import type { PluginPool, PluginPoolOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { linesOf, temporaryPath } from "../../support/files.js";
import { type KeptPlugin, keptTransport } from "../../support/kept-transport.js";
import { type MakeTransport, rejection } from "../../support/load.js";
import { pool, states } from "../../support/pool.js";
import { until } from "../../support/processes.js";

/** What test/fixtures/plugins/planned.js serves. */
interface Planned {
  replica: {
    start(): number;
    hang(): Promise<never>;
    waiter(): { wait(path: string): Promise<string> };
  };
}

const one = { min: 1, max: 1 };

/** What a pool promises where its replicas die while others start. */
export function poolSuccessorsContract(transport: MakeTransport): void {
  /** A pool whose replicas start by this plan. */
  const planned = (plan: readonly string[], options: PluginPoolOptions) => {
    const log = temporaryPath();
    const living = new Set<KeptPlugin>();
    const replicas = pool<Planned>(
      { transport: keptTransport(transport(), living), args: [log, ...plan], ...options },
      "planned.js",
    );
    return {
      replicas,
      /** Resolves when so many have begun to start. */
      begun: (starts: number) => until(`start ${starts}`, () => linesOf(log).length === starts),
      /** Lets a start go on that is held. */
      letGo: (start: number) => writeFileSync(`${log}.${start}`, ""),
      kill: async (id: string) => {
        await [...living].find(({ running }) => running.id === id)?.running.stop(0);
      },
    };
  };

  describe("a call that waits while replicas die and fail to start", () => {
    it("is run though a start fails that began before the last death, and nothing else was started since", async () => {
      const { replicas, begun, letGo, kill } = planned(["serves", "held fails"], {
        replicas: { min: 1, max: 2 },
        callsPerReplica: 1,
      });
      await replicas.start();
      const lost = rejection(replicas.components.replica.hang());
      const waiting = replicas.components.replica.start();
      await begun(2);
      await kill(idOf(replicas, "ready"));
      await lost;
      await pauseIsOver();
      letGo(2);
      expect(await waiting).toBe(3);
    });

    it("is run where the successor in a restart fails, and the one that it was to replace has died", async () => {
      const { replicas, begun, letGo, kill } = planned(["serves", "held fails"], { replicas: one });
      await replicas.start();
      const restarted = rejection(replicas.restart());
      await begun(2);
      await kill(idOf(replicas, "ready"));
      await until("the pool has heard of it", () => states(replicas).join() === "starting");
      const waiting = replicas.components.replica.start();
      await pauseIsOver();
      letGo(2);
      expect(await restarted).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
      expect(await waiting).toBe(3);
    });

    it("is run where one that was still starting is replaced, and its successor has died", async () => {
      const { replicas, begun, letGo, kill } = planned(["held serves"], {
        replicas: one,
        callsPerReplica: 1,
      });
      const started = replicas.start();
      await begun(1);
      const restarted = replicas.restart();
      await until("its successor is ready", () => states(replicas).includes("ready"));
      await kill(idOf(replicas, "ready"));
      await until("the pool has heard of it", () => states(replicas).join() === "starting");
      const waiting = [1, 2, 3].map(() => replicas.components.replica.start());
      await pauseIsOver();
      letGo(1);
      await started;
      await restarted;
      expect((await Promise.all(waiting)).filter((start) => start > 2)).not.toEqual([]);
      expect(states(replicas)).toEqual(["ready"]);
    });
  });

  describe("a restart", () => {
    it("leaves no more replicas than the most, though some have died meanwhile and were replaced", async () => {
      const { replicas, begun, kill } = planned([], { replicas: { min: 2, max: 2 } });
      await replicas.start();
      const [, second = ""] = replicas.stats().replicas.map(({ id }) => id);
      const path = temporaryPath();
      const { answer } = await callOfDisposed(replicas, path);
      const restarted = replicas.restart();
      await until("the first is replaced", () => states(replicas).includes("retiring"));
      await kill(second);
      await begun(4);
      await until("the second is replaced, too", () => states(replicas).join() === "ready,ready,retiring");
      writeFileSync(path, "");
      await answer;
      await restarted;
      expect(states(replicas)).toEqual(["ready", "ready"]);
    });

    it("waits for the call of an object whose handle is gone", async () => {
      const { replicas } = planned([], { replicas: one });
      const path = temporaryPath();
      const { answer } = await callOfDisposed(replicas, path);
      const restarted = replicas.restart();
      await until("it gets no more calls", () => states(replicas).join() === "ready,retiring");
      writeFileSync(path, "");
      expect(await answer).toBe("waited");
      await restarted;
    });
  });

  it("an idle time does not end a replica that runs the call of an object whose handle is gone", async () => {
    const { replicas } = planned([], { replicas: { min: 0, max: 1 }, idleMs: 20 });
    const path = temporaryPath();
    const { answer } = await callOfDisposed(replicas, path);
    const after = performance.now() + 150;
    await until("some idle times have passed", () => performance.now() > after);
    writeFileSync(path, "");
    expect(await answer).toBe("waited");
    await until("none is left", () => replicas.stats().replicas.length === 0);
    expect(await replicas.kill()).toMatchObject({ how: "killed", forced: false });
  });
}

/** A call of a `proxy()` that its host has let go of since. */
async function callOfDisposed(
  replicas: PluginPool<Planned>,
  path: string,
): Promise<{ answer: Promise<string> }> {
  const waiter = await replicas.components.replica.waiter();
  const answer = waiter.wait(path);
  answer.catch(() => {});
  (waiter as unknown as Disposable)[Symbol.dispose]();
  return { answer };
}

function idOf(replicas: PluginPool<Planned>, state: string): string {
  return replicas.stats().replicas.find((each) => each.state === state)?.id ?? "none";
}

/** The first one is 100 ms long. */
async function pauseIsOver(): Promise<void> {
  const after = performance.now() + 200;
  await until("the pause is over", () => performance.now() > after);
}
