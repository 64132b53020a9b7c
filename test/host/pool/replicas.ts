import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { PluginError, PluginPool } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { breakable } from "../../support/breakable.js";
import { linesOf, temporaryPath } from "../../support/files.js";
import { fixture, type MakeTransport, rejection } from "../../support/load.js";
import { hold, pool, type Replicas, states } from "../../support/pool.js";
import { until } from "../../support/processes.js";
import { keepingLogger } from "../../support/streams.js";

interface Starts {
  replica: { starts(): number; exit(): void };
}

/** What a pool promises of its replicas. */
export function poolReplicasContract(transport: MakeTransport): void {
  const two = { min: 2, max: 2 };

  describe("a replica that dies", () => {
    it("fails the calls it had, and no others, and is replaced", async () => {
      const logger = keepingLogger();
      const replicas = pool({ transport: transport(), replicas: two, callsPerReplica: 3, logger });
      await replicas.start();
      const held = await hold(replicas.components, 4);
      const dying = rejection(replicas.components.replica.exit(3));
      const error = await dying;
      expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "exited", code: 3 } });
      const lost = (await Promise.all(held.answers.map((answer) => isLost(answer, held.release)))).filter(
        Boolean,
      );
      expect(lost).toHaveLength(2);
      await until("two replicas are ready", () => states(replicas).join() === "ready,ready");
      expect(replicas.stats().restarts).toBe(1);
      expect(logger.messages("warn").join()).toContain("a replica has ended");
      expect(await replicas.components.replica.id()).toMatch(/\//);
    });

    it("leaves the calls that wait for its successor", async () => {
      const path = temporaryPath();
      const replicas = pool({
        transport: transport(),
        replicas: { min: 1, max: 1 },
        callsPerReplica: 1,
        args: [path],
      });
      const dying = rejection(replicas.components.replica.exit(0));
      const waiting = ["a", "b", "c"].map((call) => replicas.components.replica.run(call));
      expect(await dying).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(await Promise.all(waiting)).toEqual(["a", "b", "c"]);
      expect(linesOf(path)).toEqual(["a", "b", "c"]);
      expect(replicas.stats()).toMatchObject({ restarts: 1, waiting: 0 });
    });

    it("of a session that breaks takes along the calls that it had, and none of those that wait", async () => {
      const path = temporaryPath();
      const { transport: breaking, breakSessions } = breakable(transport());
      const replicas = pool({
        transport: breaking,
        replicas: { min: 1, max: 1 },
        callsPerReplica: 2,
        args: [path],
        killGraceMs: 0,
      });
      const held = await hold(replicas.components, 2);
      const waiting = ["a", "b", "c"].map((call) => replicas.components.replica.run(call));
      breakSessions();
      for (const answer of held.answers)
        expect(await rejection(answer)).toMatchObject({ code: "ERR_PROTOCOL" });
      expect(await Promise.all(waiting)).toEqual(["a", "b", "c"]);
      expect(linesOf(path)).toEqual(["a", "b", "c"]);
    });

    it("while nobody calls it is replaced as well", async () => {
      const replicas = pool({ transport: transport(), replicas: two });
      await replicas.start();
      const first = await replicas.components.replica.id();
      await replicas.components.replica.exitSoon(0);
      await until("it is replaced", () => replicas.stats().restarts === 1);
      await until("two replicas are ready", () => states(replicas).join() === "ready,ready");
      expect(await replicas.components.replica.id()).not.toBe(first);
    });
  });

  describe("replicas that do not start", () => {
    it("are tried again", async () => {
      const path = temporaryPath();
      const args = [path, "until", "3"];
      const replicas = pool<Starts>(
        { transport: transport(), replicas: { min: 1, max: 1 }, args },
        "starts-at-most.js",
      );
      await replicas.start();
      expect(await replicas.components.replica.starts()).toBe(3);
      expect(replicas.stats().restarts).toBe(2);
    });

    it("end the pool after five times, which says so with the last cause", async () => {
      const path = temporaryPath();
      const replicas = pool<Starts>(
        { transport: transport(), replicas: two, args: [path, "from", "1"] },
        "starts-at-most.js",
      );
      const waiting = rejection(replicas.components.replica.starts());
      const errors = [
        await rejection(replicas.start()),
        await waiting,
        await rejection(replicas.components.replica.starts()),
        await rejection(replicas.start()),
      ];
      for (const error of errors) {
        expect(error).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
        expect(error.message).toMatch(/has given up: its last 5 starts failed[\s\S]*start \d+ fails/);
        expect(error.cause).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
      }
      expect(await replicas.exited).toMatchObject({ how: "crashed", error: { name: "TypeError" } });
      expect(await replicas.kill()).toBe(await replicas.exited);
      expect(replicas.stats().replicas).toEqual([]);
    });

    it("end a pool at once where no later start can fare better", async () => {
      const broken = {
        name: "broken",
        launch: () => {
          throw new PluginError("ERR_OPTION", "It cannot be launched.");
        },
      };
      const replicas = pool({ transport: broken });
      const error = await rejection(replicas.components.replica.id());
      expect(error).toMatchObject({ code: "ERR_OPTION" });
      expect(error.message).toContain("its last 1 starts failed");
      expect(await replicas.exited).toMatchObject({ how: "never-started", error: { code: "ERR_OPTION" } });
    });
  });

  describe("a pool", () => {
    it("grows where every replica is busy, no further than the most, and shrinks when they are idle", async () => {
      const replicas = pool({
        transport: transport(),
        replicas: { min: 1, max: 3 },
        callsPerReplica: 1,
        idleMs: 50,
      });
      await replicas.start();
      expect(replicas.stats().replicas).toHaveLength(1);
      const held = await hold(replicas.components, 5, 3);
      expect(new Set(held.began).size).toBe(3);
      expect(replicas.stats()).toMatchObject({ waiting: 2, running: 3, restarts: 0 });
      held.release();
      await Promise.all(held.answers);
      await until("one replica is left", () => states(replicas).join() === "ready");
      expect(held.began).toContain(await replicas.components.replica.id());
    });

    it("starts no replica before it is called where it may have none, and ends the last one when it is idle", async () => {
      const replicas = pool({ transport: transport(), replicas: { min: 0, max: 1 }, idleMs: 50 });
      await replicas.start();
      expect(replicas.stats().replicas).toEqual([]);
      const first = await replicas.components.replica.id();
      await until("none is left", () => replicas.stats().replicas.length === 0);
      expect(await replicas.components.replica.id()).not.toBe(first);
      expect(replicas.stats().restarts).toBe(0);
      await until("none is left", () => replicas.stats().replicas.length === 0);
      expect(await replicas.kill()).toMatchObject({ how: "killed", forced: false });
    });

    it("keeps an idle replica whose objects are in use", async () => {
      const replicas = pool({ transport: transport(), replicas: { min: 0, max: 1 }, idleMs: 20 });
      const counter = await replicas.components.replica.counter();
      const counts: string[] = [];
      const after = performance.now() + 150;
      await until("some idle times have passed", () => performance.now() > after);
      counts.push(await counter.next(), await counter.next());
      expect(counts.map((count) => count.split(" ")[1])).toEqual(["1", "2"]);
      (counter as unknown as Disposable)[Symbol.dispose]();
      await until("none is left", () => replicas.stats().replicas.length === 0);
    });
  });

  describe("restart()", () => {
    it("runs the plugin that the pool was made with, wherever its host is by then", async () => {
      const cwd = process.cwd();
      onTestFinished(() => process.chdir(cwd));
      const plugin = relative(cwd, fileURLToPath(fixture("replica.js")));
      const replicas = new PluginPool<Replicas>(plugin, {
        transport: transport(),
        replicas: { min: 1, max: 1 },
      });
      onTestFinished(async () => void (await replicas.kill()));
      const first = await replicas.components.replica.id();
      process.chdir("/");
      await replicas.restart();
      expect(await replicas.components.replica.id()).not.toBe(first);
    });

    it.each([null, 7, { drainMS: 5 }, { drainMs: -1 }, { drainMs: 0.5 }])(
      "rejects %o with ERR_OPTION",
      async (options) => {
        const replicas = pool({ transport: transport() });
        expect(await rejection(replicas.restart(options as never))).toMatchObject({ code: "ERR_OPTION" });
      },
    );

    it("replaces every replica one by one, and loses no call", async () => {
      const replicas = pool({ transport: transport(), replicas: two });
      await replicas.start();
      let calls = 0;
      let isOver = false;
      let most = 0;
      const ids = new Set<string>();
      const load = async () => {
        while (!isOver) {
          ids.add(await replicas.components.replica.id());
          calls++;
          most = Math.max(most, replicas.stats().replicas.filter(({ state }) => state === "ready").length);
        }
      };
      const loads = [load(), load(), load(), load()];
      await until("both replicas are called", () => ids.size === 2);
      await replicas.restart();
      const before = ids.size;
      isOver = true;
      await Promise.all(loads);
      expect(before).toBeGreaterThanOrEqual(3);
      expect(ids.size).toBe(4);
      expect(most).toBeLessThanOrEqual(3);
      expect(calls).toBeGreaterThan(4);
      expect(replicas.stats()).toMatchObject({
        restarts: 0,
        replicas: [{ state: "ready" }, { state: "ready" }],
      });
    });

    it("lets a replica answer the calls it has", async () => {
      const replicas = pool({ transport: transport(), replicas: { min: 1, max: 1 } });
      const held = await hold(replicas.components, 1);
      const restarted = replicas.restart();
      await until("it gets no more calls", () => states(replicas).join() === "ready,retiring");
      expect(await replicas.components.replica.id()).not.toBe(held.began[0]);
      held.release();
      expect(await held.answers[0]).toBe(held.began[0]);
      await restarted;
      expect(states(replicas)).toEqual(["ready"]);
    });

    it("ends a replica that has not answered in time", async () => {
      const replicas = pool({ transport: transport(), replicas: { min: 1, max: 1 } });
      const held = await hold(replicas.components, 1);
      await replicas.restart({ drainMs: 20 });
      expect(await rejection(held.answers[0] as Promise<string>)).toMatchObject({
        code: "ERR_PLUGIN_EXITED",
      });
    });

    it("leaves the replicas where their successors do not start, and says why", async () => {
      const args = [temporaryPath(), "from", "3"];
      const replicas = pool<Starts>({ transport: transport(), replicas: two, args }, "starts-at-most.js");
      await replicas.start();
      const error = await rejection(replicas.restart());
      expect(error).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
      expect(error.message).toContain("start 3 fails");
      expect(await replicas.components.replica.starts()).toBeLessThan(3);
      expect(states(replicas)).toEqual(["ready", "ready"]);
    });
  });
}

/** Whether a held call was lost with its replica; the others are released. */
async function isLost(answer: Promise<string>, release: () => void): Promise<boolean> {
  setImmediate(release);
  return answer.then(
    () => false,
    (error) => {
      expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      return true;
    },
  );
}
