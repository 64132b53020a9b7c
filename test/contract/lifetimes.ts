import { type PluginOptions, proxy, retain } from "portcall";
import { describe, expect, it } from "vitest";
import { type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/until.js";
import type { AnyMethods, Liver } from "./live.js";

/** How long live values live, and how many may. */
export function lifetimesContract(transport: MakeTransport): void {
  const shared = reusing<Liver>("liver.js", transport);
  const loaded = async (options?: PluginOptions) => {
    const plugin = await shared(options);
    const liver = plugin.components.liver as unknown as AnyMethods;
    return [liver, () => plugin.diagnostics().liveChannels, plugin] as const;
  };

  describe("a live value in an argument", () => {
    it("can be used until its call has ended, and not later", async () => {
      const [{ keep, codeOfKept, codeOfRetainingKept, codeOfReturningKept }, live] = await loaded();
      await keep(() => 1);
      expect(live()).toBe(0);
      expect(await codeOfKept()).toBe("ERR_ABORTED");
      expect(await codeOfRetainingKept()).toBe("ERR_ABORTED");
      expect(await rejection(codeOfReturningKept())).toMatchObject({ code: "ERR_ABORTED" });
    });

    it("can be used until it is released where it is retained", async () => {
      const [{ retain, release, codeOfKept, callKept, codeOfReturningKept }, live] = await loaded();
      const callback = (n: number) => n + 1;
      await retain(callback);
      expect([await callKept(1), live()]).toStrictEqual([2, 1]);
      expect(await codeOfReturningKept()).toBe(callback);
      await release();
      await release();
      expect(await codeOfKept()).toBe("ERR_ABORTED");
      await until(() => live() === 0);
    });

    it("is retained as often as it is said, and disposed of at once", async () => {
      const [{ retain, release, callKept, disposes }, live] = await loaded();
      await retain((n: number) => n, "twice");
      await release();
      expect(await callKept(3)).toBe(3);
      expect(await disposes(proxy({ add: () => 1 }))).toBe("ERR_ABORTED");
      expect(live()).toBe(1);
    });

    it("is let go of when its call fails, is aborted or cannot be sent", async () => {
      const [liver, live, plugin] = await loaded();
      expect(await rejection(liver.call(() => Promise.reject(new Error("no"))))).toMatchObject({
        message: "no",
      });
      expect(await rejection(liver.missing(() => 1))).toMatchObject({ code: "ERR_UNKNOWN_METHOD" });
      expect(await rejection(liver.call(() => 1, Symbol("s")))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      const bounded = plugin.with({ timeoutMs: 30 }).liver as unknown as AnyMethods;
      expect(await rejection(bounded.hangsIn(() => new Promise(() => {})))).toMatchObject({
        code: "ERR_CALL_TIMEOUT",
      });
      expect(live()).toBe(0);
    });
  });

  describe("a live value in a result", () => {
    it("can be used until it is disposed of", async () => {
      const [{ adder, counter }, live] = await loaded();
      const [add, remote] = [await adder(1), await counter()];
      expect(live()).toBe(2);
      add[Symbol.dispose]();
      add[Symbol.dispose]();
      remote[Symbol.dispose]();
      expect(live()).toBe(0);
      expect(await rejection(add(1))).toMatchObject({ code: "ERR_ABORTED" });
      expect(await rejection(remote.add())).toMatchObject({ code: "ERR_ABORTED" });
    });

    it("is each its own, though its original is the same", async () => {
      const [{ give }, live] = await loaded();
      const [one, two] = [await give("a"), await give("a")];
      one[Symbol.dispose]();
      expect([await two(), live()]).toStrictEqual(["a", 1]);
    });

    it("is let go of where it is a signal that is disposed of, or retained no longer", async () => {
      const [{ signal, echo }, live] = await loaded();
      const disposed: AbortSignal & Partial<Disposable> = await signal(600_000);
      expect(Object.keys(disposed)).toStrictEqual(Object.keys(new AbortController().signal));
      const retained = await signal(600_000);
      const [release, releaseToo] = [retain(retained), retain(retained)];
      disposed[Symbol.dispose]?.();
      release();
      expect(live()).toBe(1);
      releaseToo();
      expect([live(), disposed.aborted, retained.aborted]).toStrictEqual([0, false, false]);
      expect(await rejection(echo(retained))).toMatchObject({ code: "ERR_ABORTED" });
    });

    it("is let go of where the result cannot be sent", async () => {
      const [{ callbackAmongTexts, functions }] = await loaded({
        maxChannels: 3,
        maxMessageBytes: 1_000_000,
      });
      for (let i = 0; i < 4; i++) {
        const result = await callbackAmongTexts().catch(({ code }: { code: string }) => code);
        if (result !== "ERR_MESSAGE_TOO_LARGE") result.callback[Symbol.dispose]();
      }
      expect(await functions(3)).toHaveLength(3);
    });

    it("need not be retained by a host, which may all the same", async () => {
      const [{ adder }] = await loaded();
      const add = await adder(1);
      retain(add)();
      expect(await add(1)).toBe(2);
    });
  });

  describe("the end of a session", () => {
    it("ends all live values, and the calls through them, with the reason", async () => {
      const [liver, live, plugin] = await loaded();
      const [add, remote, signal, items] = [
        await liver.adder(1),
        await liver.counter(),
        await liver.signal(600_000),
        await liver.items(),
      ];
      await liver.retain(() => 1);
      const hanging = rejection(liver.hangsIn(() => new Promise(() => {})));
      expect(live()).toBeGreaterThan(4);
      await plugin.kill();
      const ended = { code: "ERR_PLUGIN_EXITED" };
      expect(await hanging).toMatchObject(ended);
      expect(await rejection(add(1))).toMatchObject(ended);
      expect(await rejection(remote.add())).toMatchObject(ended);
      expect(await rejection(items.next())).toMatchObject(ended);
      expect(signal.reason).toMatchObject(ended);
      expect(live()).toBe(0);
      add[Symbol.dispose]();
      expect(live()).toBe(0);
    });

    it("comes in the middle of a callback, too", async () => {
      const [{ exits }, live] = await loaded();
      expect(await rejection(exits(() => new Promise(() => {})))).toMatchObject({
        code: "ERR_PLUGIN_EXITED",
      });
      expect(live()).toBe(0);
    });
  });

  describe("maxChannels", () => {
    it("bounds what the host shares", async () => {
      const [{ callAll, call }, live] = await loaded({ maxChannels: 10 });
      const callbacks = (count: number) => Array.from({ length: count }, () => () => 1);
      expect(await callAll(callbacks(10), 1)).toHaveLength(10);
      const error = await rejection(callAll(callbacks(11), 1));
      expect(error).toMatchObject({
        code: "ERR_TOO_MANY_CHANNELS",
        message: expect.stringContaining("More than 10"),
      });
      expect([await call(() => 2), live()]).toStrictEqual([2, 0]);
    });

    it("bounds what the plugin shares", async () => {
      const [{ functions, echo }, live] = await loaded({ maxChannels: 10 });
      const held = await functions(6);
      expect(await rejection(functions(5))).toMatchObject({ code: "ERR_TOO_MANY_CHANNELS" });
      for (const f of held) f[Symbol.dispose]();
      expect(await functions(10)).toHaveLength(10);
      expect([await echo(1), live()]).toStrictEqual([1, 10]);
    });
  });
}
