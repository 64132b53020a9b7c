import { setTimeout as sleep } from "node:timers/promises";
import type { PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { countedTransport } from "../support/counted-wire.js";
import { client, load, type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/until.js";
import { collect } from "./streams.js";

interface Canceller {
  canceller: {
    log(): string[];
    ping<T>(value: T): Promise<T>;
    hang(name?: string): Promise<never>;
    knowsItsContext(): Promise<never>;
    hangIn(callback: () => Promise<unknown>): Promise<void>;
    held(): Promise<unknown[]>;
    letGo(): void;
    answersOnAbort(): Promise<unknown[]>;
    listens(signal: AbortSignal): Promise<never>;
    lateSignal(): Promise<[boolean, string, string]>;
    keepsSignal(): void;
    neverEnds(): AsyncIterable<number>;
  };
}

/** How calls are given up: by their caller, by their deadline, by the end of their plugin. */
export function cancellationContract(transport: MakeTransport): void {
  const shared = reusing<Canceller>("canceller.js", transport);
  const loaded = async (options?: PluginOptions) => {
    const plugin = options?.transport
      ? await load<Canceller>("canceller.js", options)
      : await shared(options);
    const { canceller } = plugin.components;
    await plugin.with({ timeoutMs: 60_000 }).canceller.log(); // The first call takes longest.
    const logged = (line: string) => until(async () => (await canceller.log()).includes(line));
    const idle = () =>
      until(() => plugin.diagnostics().callsInFlight + plugin.diagnostics().liveChannels === 0);
    return { plugin, canceller, logged, idle };
  };
  const counted = async () => {
    const { frames, ...transportThatCounts } = countedTransport(transport());
    return { frames, ...(await loaded({ transport: transportThatCounts })) };
  };

  describe("aborting a call", () => {
    it("rejects it at once, with the signal's reason as cause, and aborts the signal of its context", async () => {
      const { plugin, canceller, logged } = await loaded();
      for (const reason of [new RangeError("enough"), "text", 0, null, { why: 1 }]) {
        const controller = new AbortController();
        const call = plugin.with({ signal: controller.signal }).canceller.hang();
        await logged("hang begins");
        controller.abort(reason);
        const error = await rejection(call);
        expect(error).toMatchObject({ name: "PluginError", code: "ERR_ABORTED" });
        expect(error.cause).toBe(reason);
        await logged("hang ERR_ABORTED");
      }
      expect(await canceller.ping(1)).toBe(1);
    });

    it("sends nothing when it is aborted before it is made, while it is made or in the same tick", async () => {
      const { plugin, canceller, frames, idle } = await counted();
      await canceller.ping(1);
      const before = frames.length;
      const aborted = plugin.with({ signal: AbortSignal.abort("before") }).canceller;
      expect(await rejection(aborted.hang())).toMatchObject({ code: "ERR_ABORTED", cause: "before" });
      const controller = new AbortController();
      const { hang, listens, hangIn } = plugin.with({ signal: controller.signal }).canceller;
      const calls = [hang(), listens(new AbortController().signal), hangIn(async () => 1)].map(rejection);
      controller.abort("same tick");
      for (const error of await Promise.all(calls)) expect(error).toMatchObject({ cause: "same tick" });
      const meanwhile = new AbortController();
      const aborting = {
        callback: () => 1,
        get part() {
          return meanwhile.abort("meanwhile");
        },
      };
      const abortedMeanwhile = plugin.with({ signal: meanwhile.signal }).canceller.ping(aborting);
      expect(await rejection(abortedMeanwhile)).toMatchObject({ code: "ERR_ABORTED", cause: "meanwhile" });
      await idle();
      expect(frames.length).toBe(before);
      expect(await canceller.log()).toStrictEqual([]);
    });

    it("sends one cancel where the call has left", async () => {
      const { plugin, logged, frames } = await counted();
      const controller = new AbortController();
      const call = plugin.with({ signal: controller.signal }).canceller.hang();
      await logged("hang begins");
      controller.abort();
      controller.abort();
      await rejection(call);
      await logged("hang ERR_ABORTED");
      expect(frames.filter(([, kind]) => kind === 3)).toHaveLength(1);
    });

    it("drops a late answer and lets go of the live values in it", async () => {
      const { plugin, canceller, logged, idle } = await loaded();
      const controller = new AbortController();
      const bounded = plugin.with({ signal: controller.signal }).canceller;
      const calls = [bounded.answersOnAbort(), bounded.held()].map(rejection);
      await logged("held");
      // The answer to one is on its way when the call is given up; the other answers because of that.
      const letting = canceller.letGo();
      // The call leaves, and its answer waits for an end of this turn.
      for (let tick = 0; tick < 3; tick++) await new Promise((resolve) => process.nextTick(resolve));
      spin(100);
      controller.abort();
      await letting;
      await Promise.all(calls);
      await idle();
      expect(await canceller.ping("still here")).toBe("still here");
      await idle();
    });

    it("does not touch calls under other signals, nor those that have settled", async () => {
      const { plugin, canceller } = await loaded();
      const [one, two] = [new AbortController(), new AbortController()];
      const settled = await plugin.with({ signal: one.signal }).canceller.ping("settled");
      const other = plugin.with({ signal: two.signal }).canceller.ping("other");
      one.abort();
      expect([settled, await other, await canceller.ping(1)]).toStrictEqual(["settled", "other", 1]);
      await canceller.keepsSignal();
      await canceller.letGo();
      expect(await canceller.log()).toStrictEqual(["aborted false"]);
    });

    it("works for hundreds of calls under one signal, without a warning", async () => {
      const { plugin, idle } = await loaded();
      const warnings: Error[] = [];
      const warn = (warning: Error) => void warnings.push(warning);
      process.on("warning", warn);
      const controller = new AbortController();
      const { hang, ping } = plugin.with({ signal: controller.signal }).canceller;
      const calls = Array.from({ length: 300 }, () => rejection(hang()));
      await ping(1);
      controller.abort();
      expect(new Set((await Promise.all(calls)).map(({ code }) => code))).toStrictEqual(
        new Set(["ERR_ABORTED"]),
      );
      await idle();
      process.off("warning", warn);
      expect(warnings).toStrictEqual([]);
    });

    it("frees a caller whose plugin waits for a function of the host's", async () => {
      const { plugin, canceller, logged, idle } = await loaded();
      const controller = new AbortController();
      let answer = (_value: unknown) => {};
      const callback = () =>
        new Promise((resolve) => {
          answer = resolve;
        });
      const call = rejection(plugin.with({ signal: controller.signal }).canceller.hangIn(callback));
      const begun = answer;
      await until(() => answer !== begun);
      controller.abort();
      expect(await call).toMatchObject({ code: "ERR_ABORTED" });
      answer(1);
      await logged("hangIn went on");
      await idle();
      expect(await canceller.ping(1)).toBe(1);
    });

    it("lets the plugin end a call by a signal in its arguments", async () => {
      const { canceller, logged, idle } = await loaded();
      const controller = new AbortController();
      const call = rejection(canceller.listens(controller.signal));
      await logged("listens");
      controller.abort(new RangeError("by argument"));
      const error = await call;
      expect(error).toBeInstanceOf(RangeError);
      expect(error.message).toBe("by argument");
      await idle();
    });

    it("ends the streams of its result, while they are read", async () => {
      const { plugin, logged, idle } = await loaded();
      const controller = new AbortController();
      const stream = await plugin.with({ signal: controller.signal }).canceller.neverEnds();
      const reading = rejection(collect(stream));
      await stream[Symbol.asyncIterator]().next();
      controller.abort("read enough");
      expect(await reading).toMatchObject({ code: "ERR_ABORTED", cause: "read enough" });
      await logged("stream ended");
      await idle();
    });
  });

  describe("a deadline", () => {
    it("rejects the call, and aborts the signal of its context", async () => {
      const { plugin, logged } = await loaded();
      const error = await rejection(plugin.with({ timeoutMs: 30 }).canceller.hang());
      expect(error).toMatchObject({ code: "ERR_CALL_TIMEOUT", message: expect.stringContaining("30 ms") });
      await logged("hang ERR_ABORTED");
    });

    it("is callTimeoutMs where with() names none", async () => {
      const { plugin, canceller } = await loaded({ callTimeoutMs: 30 });
      expect(await rejection(canceller.hang())).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
      const controller = new AbortController();
      const longer = plugin.with({ timeoutMs: 600_000, signal: controller.signal }).canceller.hang();
      const sooner = await rejection(plugin.with({ signal: controller.signal }).canceller.hang());
      expect(sooner).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
      controller.abort();
      expect(await rejection(longer)).toMatchObject({ code: "ERR_ABORTED" });
    });

    it("covers the settling of a call, not the streams in its result", async () => {
      const { plugin } = await loaded();
      const stream = (await plugin.with({ timeoutMs: 1_000 }).canceller.neverEnds())[Symbol.asyncIterator]();
      await sleep(1_100);
      expect(await stream.next()).toStrictEqual({ done: false, value: 0 });
      await stream.return?.();
    });

    it("holds for the start as well, where the call starts the plugin", async () => {
      const plugin = client<Canceller>("canceller.js", { transport: transport() });
      const error = await rejection(plugin.with({ timeoutMs: 1 }).canceller.ping(1));
      expect(error).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
      const aborted = plugin.with({ signal: AbortSignal.abort("before the start") }).canceller.ping(1);
      expect(await rejection(aborted)).toMatchObject({ code: "ERR_ABORTED", cause: "before the start" });
      expect(await plugin.components.canceller.ping(2)).toBe(2);
    });

    it("must be a number of milliseconds, and a signal an AbortSignal", async () => {
      const { plugin } = await loaded();
      const bad = [
        { timeoutMs: 0 },
        { timeoutMs: -1 },
        { timeoutMs: Number.NaN },
        { timeoutMs: 2 ** 31 },
        { signal: {} },
        { other: 1 },
      ];
      for (const options of bad) {
        expect(() => plugin.with(options as never)).toThrow(expect.objectContaining({ code: "ERR_OPTION" }));
      }
    });
  });

  describe("callContext()", () => {
    it("names the call, and its signal does not abort while somebody waits", async () => {
      const { canceller } = await loaded();
      expect(await canceller.lateSignal()).toStrictEqual([false, "canceller", "lateSignal"]);
    });
  });

  describe("callContext() in a listener of its signal", () => {
    it("names the call that was given up", async () => {
      const { plugin, logged } = await loaded();
      const controller = new AbortController();
      const call = plugin.with({ signal: controller.signal }).canceller.knowsItsContext();
      await logged("knows");
      controller.abort();
      await rejection(call);
      await logged("knowsItsContext aborted");
    });
  });

  describe("the end of a plugin", () => {
    it("settles each open call and each stream once", async () => {
      const { plugin, canceller, logged, idle } = await loaded();
      const controller = new AbortController();
      const bounded = plugin.with({ signal: controller.signal, timeoutMs: 600_000 }).canceller;
      const settled: string[] = [];
      const note = (name: string, promise: Promise<unknown>) =>
        promise.then(
          () => void settled.push(`${name} resolved`),
          (error) => void settled.push(`${name} ${error.code}`),
        );
      const calls = [
        note("hang", canceller.hang()),
        note("bounded", bounded.hang("bounded")),
        note("listens", canceller.listens(controller.signal)),
        note(
          "callback",
          canceller.hangIn(() => new Promise(() => {})),
        ),
        note("stream", canceller.neverEnds().then(collect)),
      ];
      await logged("bounded begins");
      await plugin.kill();
      controller.abort();
      await Promise.all(calls);
      expect(settled.sort()).toStrictEqual(
        ["bounded", "callback", "hang", "listens", "stream"].map((name) => `${name} ERR_PLUGIN_EXITED`),
      );
      await idle();
      expect(await rejection(canceller.ping(1))).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });
  });
}

/** Hears nothing of the plugin meanwhile, which goes on. */
function spin(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}
