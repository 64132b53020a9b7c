import { setImmediate, setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it, onTestFinished } from "vitest";
import { linesOf, temporaryPath } from "../../support/files.js";
import { type MakeTransport, rejection } from "../../support/load.js";
import { hold, pool } from "../../support/pool.js";
import { until } from "../../support/processes.js";

/** What a pool promises of calls. */
export function poolCallsContract(transport: MakeTransport): void {
  const one = { min: 1, max: 1 };
  const two = { min: 2, max: 2 };

  describe("a call of a pool", () => {
    it("starts the pool and is answered", async () => {
      const replicas = pool({ transport: transport(), replicas: one });
      expect(replicas.stats().replicas).toEqual([]);
      expect(await replicas.components.replica.id()).toMatch(/^\d+\/\d+$/);
      expect(replicas.stats().replicas).toMatchObject([{ state: "ready", running: 0, resolved: 1 }]);
    });

    it("goes to the least busy replica, up to callsPerReplica on each, and waits beyond", async () => {
      const replicas = pool({ transport: transport(), replicas: two, callsPerReplica: 2 });
      await replicas.start();
      const held = await hold(replicas.components, 5, 4);
      const each = [...new Set(held.began)];
      expect(each).toHaveLength(2);
      expect(each.map((id) => held.began.filter((other) => other === id).length)).toEqual([2, 2]);
      expect(replicas.stats()).toMatchObject({ waiting: 1, running: 4 });
      held.release();
      await Promise.all(held.answers);
      expect(replicas.stats()).toMatchObject({ waiting: 0, running: 0 });
    });

    it("waits its turn: first come, first served", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, args: [path] });
      const held = await hold(replicas.components, 1);
      const names = ["first", "second", "third"];
      const answers = names.map((name) => replicas.components.replica.run(name));
      held.release();
      expect(await Promise.all(answers)).toEqual(names);
      expect(linesOf(path)).toEqual(names);
    });

    it("rejects with the error that the method threw, and where it was called from", async () => {
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1 });
      const held = await hold(replicas.components, 1);
      const waiting = rejection(replicas.components.replica.fail("no luck"));
      held.release();
      for (const error of [await waiting, await rejection(replicas.components.replica.fail("no luck"))]) {
        expect(error).toBeInstanceOf(RangeError);
        expect(error).toMatchObject({ message: "no luck", code: "E_REPLICA" });
        expect(error.stack).toMatch(/called in plugin replica\.fail from[\s\S]*calls\.ts:\d+/);
      }
    });

    it("of a method that there is not rejects, also one that has waited", async () => {
      const replicas = pool<{ replica: { nothing(): void } }>({ transport: transport(), replicas: one });
      const errors = await Promise.all([1, 2].map(() => rejection(replicas.components.replica.nothing())));
      for (const error of errors) expect(error).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
    });

    it("calls back and brings streams, and keeps an object with its replica", async () => {
      const replicas = pool({ transport: transport(), replicas: two, callsPerReplica: 1 });
      await replicas.start();
      const numbers: number[] = [];
      for await (const number of await replicas.components.replica.numbers(3)) numbers.push(number);
      expect(numbers).toEqual([0, 1, 2]);
      const counters = await Promise.all([1, 2].map(() => replicas.components.replica.counter()));
      const counts = await Promise.all(
        counters.flatMap((counter) => [counter.next(), counter.next(), counter.next()]),
      );
      const ids = replicasOf(counts);
      expect(ids).toHaveLength(2);
      expect(counts).toEqual(ids.flatMap((id) => [`${id} 1`, `${id} 2`, `${id} 3`]));
    });
  });

  describe("a call that waits for a replica", () => {
    it("is refused when the queue is full, and the others are not harmed", async () => {
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, maxQueue: 1 });
      const held = await hold(replicas.components, 1);
      const waiting = replicas.components.replica.id();
      const error = await rejection(replicas.components.replica.id());
      expect(error).toMatchObject({ code: "ERR_QUEUE_FULL" });
      expect(error.message).toContain("1 calls wait already");
      held.release();
      expect(await waiting).toBe(await held.answers[0]);
    });

    it("is given up at once when its signal aborts, and is never run", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, args: [path] });
      const held = await hold(replicas.components, 1);
      const abort = new AbortController();
      const { replica } = replicas.with({ signal: abort.signal });
      const givenUp = rejection(replica.run("given up"));
      const last = replicas.components.replica.run("last");
      abort.abort("enough");
      expect(await givenUp).toMatchObject({ code: "ERR_ABORTED", cause: "enough" });
      expect(await rejection(replica.run("late"))).toMatchObject({ code: "ERR_ABORTED" });
      expect(replicas.stats()).toMatchObject({ waiting: 1, running: 1 });
      held.release();
      await last;
      expect(linesOf(path)).toEqual(["last"]);
    });

    it("is given up at its deadline, and is never run", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, args: [path] });
      const held = await hold(replicas.components, 1);
      const error = await rejection(replicas.with({ timeoutMs: 5 }).replica.run("given up"));
      expect(error).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
      expect(error.message).toContain("was never run");
      held.release();
      await held.answers[0];
      expect(linesOf(path)).toEqual([]);
    });

    it("is sent as it was made, and refused at once where it cannot be sent", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, args: [path] });
      const held = await hold(replicas.components, 1);
      const { run } = replicas.components.replica as unknown as { run(calls: unknown[]): Promise<unknown> };
      const calls = ["before", ["before"]];
      const waiting = run(calls);
      calls.fill("after");
      expect(await rejection(run([Symbol("one")]))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      expect(replicas.stats()).toMatchObject({ waiting: 1 });
      held.release();
      expect(await waiting).toEqual(["before", ["before"]]);
    });

    it("is given up while no replica is ready yet", async () => {
      const replicas = pool({ transport: transport(), replicas: one });
      const abort = new AbortController();
      const givenUp = rejection(replicas.with({ signal: abort.signal }).replica.id());
      abort.abort();
      expect(await givenUp).toMatchObject({ code: "ERR_ABORTED" });
    });

    it("keeps what is left of its deadline when it runs", async () => {
      const replicas = pool({
        transport: transport(),
        replicas: one,
        callsPerReplica: 1,
        callTimeoutMs: 60_000,
      });
      const held = await hold(replicas.with({ timeoutMs: 30_000 }), 1);
      const late = rejection(replicas.with({ timeoutMs: 250 }).replica.holdSignal(() => {}));
      held.release();
      const error = await late;
      expect(error).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
      expect(error.message).toContain("took longer than 250 ms");
    });

    it("has a place while no replica is ready, though none may wait", async () => {
      const replicas = pool({
        transport: transport(),
        replicas: { min: 0, max: 1 },
        callsPerReplica: 1,
        maxQueue: 0,
      });
      const [first, second] = [replicas.components.replica.id(), rejection(replicas.components.replica.id())];
      expect(await first).toMatch(/^\d+\/\d+$/);
      expect(await second).toMatchObject({ code: "ERR_QUEUE_FULL" });
    });

    it("is one of many under one signal, and of idle times of any length, without a warning", async () => {
      const warnings: Error[] = [];
      const warned = (warning: Error) => void warnings.push(warning);
      process.on("warning", warned);
      onTestFinished(() => void process.off("warning", warned));
      const replicas = pool({
        transport: transport(),
        replicas: { min: 0, max: 1 },
        callsPerReplica: 1,
        idleMs: 2 ** 31 - 1,
      });
      const { replica } = replicas.with({ signal: new AbortController().signal });
      const ids = await Promise.all(Array.from({ length: 12 }, () => replica.id()));
      expect(new Set(ids).size).toBe(1);
      await setImmediate();
      expect(warnings).toEqual([]);
    });

    it("has no deadline in debugging", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, debug: true, args: [path] });
      const { replica } = replicas.with({ timeoutMs: 1 });
      expect(
        await replica.hold(
          () => {},
          () => sleep(50),
        ),
      ).toMatch(/\//);
    });
  });

  describe("a call that runs in a pool", () => {
    it("is given up when its signal aborts, the method hears of it, and the replica has room again", async () => {
      const path = temporaryPath();
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1, args: [path] });
      const abort = new AbortController();
      const givenUp = rejection(
        replicas.with({ signal: abort.signal }).replica.holdSignal(() => abort.abort("enough")),
      );
      expect(await givenUp).toMatchObject({ code: "ERR_ABORTED", cause: "enough" });
      expect(await replicas.components.replica.run("next")).toBe("next");
      await until("the method has heard of the abort", () => linesOf(path).includes("aborted"));
    });
  });

  describe("the end of a pool", () => {
    it("settles every call, those that run and those that wait, and all later ones", async () => {
      const replicas = pool({ transport: transport(), replicas: one, callsPerReplica: 1 });
      const held = await hold(replicas.components, 3, 1);
      const settled = Promise.allSettled(held.answers);
      expect(await replicas.kill()).toMatchObject({ how: "killed", forced: false });
      expect(await replicas.kill()).toBe(await replicas.exited);
      for (const each of await settled) {
        expect(each).toMatchObject({ status: "rejected", reason: { code: "ERR_PLUGIN_EXITED" } });
      }
      expect(await rejection(replicas.components.replica.id())).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(await rejection(replicas.start())).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(await rejection(replicas.restart())).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(replicas.stats()).toMatchObject({ waiting: 0, running: 0, replicas: [] });
    });

    it("comes while it is starting, and leaves nothing", async () => {
      const replicas = pool({ transport: transport(), replicas: two });
      const started = rejection(replicas.start());
      const waiting = rejection(replicas.components.replica.id());
      await replicas.kill();
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(await waiting).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(replicas.stats().replicas).toEqual([]);
    });

    it("of one that was never started is never-started", async () => {
      const replicas = pool({ transport: transport() });
      expect(await replicas.kill()).toMatchObject({ how: "never-started" });
    });
  });
}

function replicasOf(counts: readonly string[]): string[] {
  return [...new Set(counts.map((count) => count.split(" ")[0] as string))];
}
