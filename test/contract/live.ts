import { inspect } from "node:util";
import { proxy, retain } from "portcall";
import { describe, expect, it } from "vitest";
import { type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/until.js";
import { collect } from "./streams.js";

// biome-ignore lint/suspicious/noExplicitAny: what a test makes of a live value is its own affair
export type Liver = { liver: { [method: string]: (...args: any[]) => Promise<any> } };

/** Whatever is read of it is a method, for the compiler. */
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyMethods = any;

/** What may stand anywhere in a message and is alive at the other end. */
export function liveContract(transport: MakeTransport): void {
  const shared = reusing<Liver>("liver.js", transport);
  const loaded = async () => {
    const plugin = await shared();
    const liver = plugin.components.liver as unknown as AnyMethods;
    return [liver, () => plugin.diagnostics().liveChannels] as const;
  };

  describe("functions", () => {
    it("are called with arguments, and answer with results and errors, at once or later", async () => {
      const [{ call }, live] = await loaded();
      expect(await call((a: number, b: number) => a + b, 1, 2)).toBe(3);
      expect(await call(async (a: string) => ({ a: [a, undefined] }), "x")).toStrictEqual({
        a: ["x", undefined],
      });
      expect(await call((bytes: Buffer) => bytes, Buffer.from("a"))).toStrictEqual(Buffer.from("a"));
      expect(await rejection(call(() => Promise.reject(new RangeError("no"))))).toBeInstanceOf(RangeError);
      expect(live()).toBe(0);
    });

    it("stand anywhere in an argument, as keys of maps and in sets as well", async () => {
      const [{ callDeep }, live] = await loaded();
      const list = [
        { callback: () => 1 },
        new Map<unknown, unknown>([
          ["key", () => 2],
          [null, 0],
        ]),
        new Set([() => 3]),
      ];
      expect(await callDeep({ list })).toStrictEqual([1, 2, 3, true]);
      expect(live()).toBe(0);
    });

    it("stand anywhere in a result, beside what is null", async () => {
      const [{ adders }] = await loaded();
      const { list, map } = await adders();
      expect([await list[0](1), await list[1](1), await map.get("add")(1), map.get(null)]).toStrictEqual([
        2, 3, 4, 0,
      ]);
    });

    it("are one function where they stand in several places of a message", async () => {
      const [{ callTwice }] = await loaded();
      const callback = (n: number) => n + 1;
      expect(await callTwice(callback, { two: callback })).toStrictEqual([true, 2, 3]);
    });

    it("take and return functions, to any depth", async () => {
      const [{ passesOn, curry, adder }, live] = await loaded();
      expect(
        await passesOn((twice: (f: unknown) => unknown) => twice((f: (n: number) => number) => f(41))),
      ).toBe(42);
      using first = await curry();
      using second = await first(1);
      using third = await second(2);
      expect(await third(3)).toStrictEqual([1, 2, 3]);
      using add = await adder(5);
      expect(await add(1)).toBe(6);
      expect(live()).toBe(4);
    });

    it("are the originals again when they come back", async () => {
      const [{ echo, call, give, isGiven }] = await loaded();
      const ours = () => 1;
      expect(await echo(ours)).toBe(ours);
      expect(await echo({ list: [ours] })).toStrictEqual({ list: [ours] });
      expect(await call((f: unknown) => f === ours, ours)).toBe(true);
      const theirs = await give("a");
      expect(await isGiven("a", theirs)).toBe(true);
      expect(await isGiven("b", theirs)).toBe(false);
      expect(await theirs()).toBe("a");
    });

    it("know the call that they came with as their context", async () => {
      const [{ label, labelInside }] = await loaded();
      const [method, later] = await label();
      expect([method, await later()]).toStrictEqual(["label", ["liver", "label"]]);
      expect(await labelInside((inside: () => unknown) => inside())).toStrictEqual(["", "a remote function"]);
    });

    it("are called many at a time", async () => {
      const [{ callAll }, live] = await loaded();
      const callbacks = Array.from({ length: 500 }, (_, i) => async (n: number) => n + i);
      expect(await callAll(callbacks, 1)).toStrictEqual(Array.from({ length: 500 }, (_, i) => i + 1));
      expect(live()).toBe(0);
    });

    it("show what they are", async () => {
      const [{ adder }] = await loaded();
      const add = await adder(1);
      expect(inspect(add)).toBe("[remote function]");
      expect(typeof add).toBe("function");
    });
  });

  describe("proxy() objects", () => {
    it("keep their state and their inherited methods, and are used across calls", async () => {
      const [{ counter, useCounter }, live] = await loaded();
      using remote = await counter();
      expect([await remote.add(), await remote.add(4), await remote.shout()]).toStrictEqual([1, 5, "5!"]);
      expect(await useCounter(remote)).toBe(10);
      expect(await rejection(remote.fail())).toMatchObject({
        name: "RangeError",
        message: "the counter broke",
      });
      expect(live()).toBe(1);
    });

    it("have methods and nothing else", async () => {
      const [{ counter }] = await loaded();
      using remote = await counter();
      expect([remote.then, remote.constructor, remote.toJSON, remote[Symbol.iterator]]).toStrictEqual(
        Array(4).fill(undefined),
      );
      expect(await rejection(remote.value())).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
      expect(await rejection(remote.missing())).toMatchObject({
        code: "ERR_UNKNOWN_METHOD",
        message: expect.stringContaining("add, fail, self"),
      });
      for (const name of ["__defineGetter__", "hasOwnProperty", "valueOf", "toString"]) {
        expect(await rejection(remote[name]("x"))).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
      }
      expect(() => {
        remote.x = 1;
      }).toThrow(TypeError);
      const label = "[remote object with shout, add, fail, self]";
      expect(inspect(remote)).toBe(label);
      // Nothing is called for it, whose rejection nobody would hold.
      expect([`${remote}`, [remote].join(), String(remote)]).toStrictEqual(Array(3).fill(label));
    });

    it("are the originals again when they come back, and one object in several places", async () => {
      const [{ counter, isCounter, counters, echo }] = await loaded();
      using remote = await counter();
      expect(await isCounter(remote)).toBe(true);
      expect(await remote.self()).not.toBe(undefined);
      const [one, { again }] = await counters();
      expect(again).toBe(one);
      const ours = proxy({ add: () => 1 });
      expect(await echo({ ours })).toStrictEqual({ ours });
    });

    it("may be lists", async () => {
      const [{ proxiedList }] = await loaded();
      using list = await proxiedList();
      expect(await list.total()).toBe(3);
    });

    it("are used by the plugin where they are the host's", async () => {
      const [{ useCounter }, live] = await loaded();
      let sum = 0;
      expect(await useCounter(proxy({ add: (by: number) => (sum += by) }))).toBe(5);
      expect([sum, live()]).toStrictEqual([5, 0]);
    });
  });

  describe("signals", () => {
    it("abort at the other end, with their reason", async () => {
      const [{ untilAborted }, live] = await loaded();
      for (const reason of ["text", { deep: 1 }, new RangeError("over"), undefined, null, 0]) {
        const controller = new AbortController();
        const aborted = untilAborted({ signal: controller.signal });
        setTimeout(() => controller.abort(reason), 10);
        if (reason === undefined) expect((await aborted).name).toBe("AbortError");
        else expect(await aborted).toStrictEqual(reason);
      }
      expect(await untilAborted({ signal: AbortSignal.abort("before") })).toBe("before");
      expect(await untilAborted({ signal: AbortSignal.timeout(10) })).toMatchObject({ name: "TimeoutError" });
      expect(live()).toBe(0);
    });

    it("survive a reason that cannot be told", async () => {
      const [{ untilAborted }] = await loaded();
      const reasons = [
        Symbol("s"),
        Promise.resolve(),
        Object.assign(new Error("large"), { data: Array(9).fill(Symbol()) }),
      ];
      for (const reason of reasons) {
        const controller = new AbortController();
        const aborted = untilAborted({ signal: controller.signal });
        setTimeout(() => controller.abort(reason), 10);
        expect(await aborted).toBeDefined();
      }
    });

    it("come in results", async () => {
      const [{ signal, abortedSignal }, live] = await loaded();
      const remote: AbortSignal = await signal(20);
      await until(() => remote.aborted);
      expect(remote.reason.name).toBe("TimeoutError");
      const over: AbortSignal = await abortedSignal();
      expect([over.aborted, over.reason instanceof RangeError, live()]).toStrictEqual([true, true, 0]);
    });
  });

  describe("live values", () => {
    it("stand in the items of streams", async () => {
      const [{ items }, live] = await loaded();
      const [first, second, third, fourth] = await collect<Record<string, never>>(await items());
      const at = (item: object | undefined, key: string) => (item as Record<string, never>)[key] as never;
      expect(await (at(first, "add") as (n: number) => unknown)(1)).toBe(2);
      expect(await (at(second, "counter") as { add(): unknown }).add()).toBe(1);
      expect((at(third, "signal") as AbortSignal).reason).toBe("third");
      expect(await collect(at(fourth, "numbers"))).toStrictEqual([4]);
      expect(live()).toBe(2);
    });

    it("stand in thrown errors", async () => {
      const [{ throwsLive, call }] = await loaded();
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const error: any = await rejection(throwsLive());
      expect([await error.again(1), await error.counter.add()]).toStrictEqual([2, 1]);
      let told = 0;
      const thrower = () =>
        Promise.reject(Object.assign(new Error("ours"), { tell: (n: number) => (told = n) }));
      // biome-ignore lint/suspicious/noExplicitAny: as above
      const back: any = await rejection(call(thrower));
      await back.tell(7);
      expect(told).toBe(7);
    });

    it("come with calls that are made while the arguments of another one are read", async () => {
      const [{ call, untilAborted }, live] = await loaded();
      let inner: Promise<unknown> | undefined;
      const outer = call(() => 1, {
        get part() {
          inner = call(() => 2);
          return 1;
        },
      });
      expect([await outer, await inner]).toStrictEqual([1, 2]);
      const controller = new AbortController();
      const aborting = {
        signal: controller.signal,
        get part() {
          return controller.abort("meanwhile");
        },
      };
      expect(await untilAborted(aborting)).toBe("meanwhile");
      expect(live()).toBe(0);
    });

    it("are handed on from one plugin to another", async () => {
      const [[one], [two]] = await Promise.all([loaded(), loaded()]);
      const [add, counter] = [await one.adder(10), await one.counter()];
      expect(await two.call(add, 1)).toBe(11);
      expect(await two.useCounter(counter)).toBe(5);
      expect(await collect(await two.echo(await one.items()))).toHaveLength(4);
      await two.retain(add);
      expect(await two.callKept(5)).toBe(15);
      // A whole component goes by reference, too.
      expect(await two.call(async (liver: Liver["liver"]) => (await liver.echo?.(4)) as unknown, two)).toBe(
        4,
      );
      const component = one as unknown as object;
      expect(await two.disposes(component)).toBe("ERR_ABORTED");
      expect(await one.counts()).toBe(1);
    });

    it("refuse to be retained where they are none", async () => {
      const [{ codeOfRetain }] = await loaded();
      for (const value of [{}, [], 1, "text", undefined, null]) {
        expect(await codeOfRetain(value)).toBe("ERR_OPTION");
        expect(() => retain(value as object)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
      }
      expect(() => retain(() => {})).toThrow(/did not come from the other side/);
    });
  });
}
