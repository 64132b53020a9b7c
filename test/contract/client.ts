import { transfer } from "portcall";
import { describe, expect, it } from "vitest";
import { buffers, cloneable } from "../fixtures/values/cloneable.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";

interface Greeter {
  greeter: { greet(name: string): string; sleep(ms: number): Promise<void> };
}

interface Mirror {
  mirror: {
    echo<T>(value: T): Promise<T>;
    check(title: string, value: unknown): void;
    bufferLength(view: ArrayBufferView): number;
  };
}

/** What every transport promises of a client, beside its calls and its end. */
export function clientContract(transport: MakeTransport): void {
  describe("a client", () => {
    it("starts its plugin with the first call, once for calls that are made together", async () => {
      const plugin = client<Greeter>("greeter.js", { transport: transport() });
      expect(plugin.timings).toEqual({ launch: 0, announce: 0, connect: 0, ready: 0, total: 0 });
      const { greet } = plugin.components.greeter;
      expect(await Promise.all([greet("Ada"), greet("Grace")])).toEqual(["Hello, Ada!", "Hello, Grace!"]);
    });

    it("describes its plugin: components, versions, id and address", async () => {
      const plugin = client<Greeter>("greeter.js", { transport: transport() });
      expect(await plugin.describe()).toEqual({
        components: { greeter: ["greet", "echo", "fail", "sleep"] },
        portcall: expect.stringMatching(/^\d+\.\d+\.\d+/),
        protocol: 1,
        id: expect.stringMatching(/^(pid|thread) \d+$/),
        address: await plugin.start(),
      });
    });

    it("counts the calls in flight in its diagnostics, before the start and after the end too", async () => {
      const plugin = client<Greeter>("greeter.js", { transport: transport() });
      const nothing = { callsInFlight: 0, liveChannels: 0, bufferedBytes: 0 };
      expect(plugin.diagnostics()).toEqual(nothing);
      await plugin.start();
      const { sleep, greet } = plugin.components.greeter;
      const calls = [rejection(sleep(60_000)), rejection(sleep(60_000))];
      await greet("Ada");
      expect(plugin.diagnostics()).toMatchObject({ callsInFlight: 2, liveChannels: 0 });
      await plugin.kill();
      await Promise.all(calls);
      expect(plugin.diagnostics()).toMatchObject({ callsInFlight: 0, liveChannels: 0 });
    });

    it("has timed each phase of the start", async () => {
      const plugin = await load("greeter.js", { transport: transport() });
      const { launch, announce, connect, ready, total } = plugin.timings;
      for (const phase of [launch, announce, connect, ready]) expect(phase).toBeGreaterThan(0);
      expect(launch + announce + connect + ready).toBeCloseTo(total, 6);
    });
  });

  describe("a call that has to wait for the start", () => {
    const starting = () => client<Greeter>("never-serves.js", { transport: transport(), killGraceMs: 0 });

    it("is given up by its signal, with the reason as the cause", async () => {
      const plugin = starting();
      const abort = new AbortController();
      const call = rejection(plugin.with({ signal: abort.signal }).greeter.greet("Ada"));
      abort.abort(new Error("enough"));
      expect(await call).toMatchObject({ code: "ERR_ABORTED", cause: { message: "enough" } });
      expect(plugin.hasExited).toBe(false);
    });

    it("is given up by its deadline", async () => {
      const call = starting().with({ timeoutMs: 20 }).greeter.greet("Ada");
      expect(await rejection(call)).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
    });

    it("starts nothing under a signal that has aborted", async () => {
      const plugin = client<Greeter>("greeter.js", { transport: transport() });
      const signal = AbortSignal.abort(new Error("too late"));
      expect(await rejection(plugin.with({ signal }).greeter.greet("Ada"))).toMatchObject({
        code: "ERR_ABORTED",
      });
      expect(plugin.timings.launch).toBe(0);
    });

    it("is sent as it was made, whatever has become of its arguments", async () => {
      const { echo } = client<Mirror>("mirror.js", { transport: transport() }).components.mirror;
      const make = () => ({
        list: [1],
        map: new Map([["key", { part: "before" }]]),
        bytes: Buffer.from("before"),
        long: Array.from({ length: 2_000 }, (_, i) => i),
        error: Object.assign(new RangeError("before"), { part: { of: "it" } }),
      });
      const sent = make();
      const call = echo(sent);
      sent.list.push(2);
      sent.map.set("key", { part: "after" });
      sent.bytes.fill(0);
      sent.long.fill(0);
      sent.error.part.of = "something else";
      expect(await call).toEqual(make());
    });

    it("carries what structured clone knows, Buffers and what is live, as any call does", async () => {
      const { check, echo } = client<Mirror>("mirror.js", { transport: transport() }).components.mirror;
      const live = { list: [() => "a function"], signal: new AbortController().signal };
      const echoed = echo(live);
      await Promise.all([...cloneable, ...buffers].map(([title, value]) => check(title, value())));
      expect((await echoed).list[0]).toBe(live.list[0]);
      expect((await echoed).signal).toBe(live.signal);
    });

    it("moves bytes at once that are to be moved", async () => {
      const { bufferLength } = client<Mirror>("mirror.js", { transport: transport() }).components.mirror;
      const bytes = transfer(new Uint8Array(100_000));
      const call = bufferLength(bytes);
      expect(bytes.byteLength).toBe(0);
      expect(await call).toBe(100_000);
    });

    it("starts nothing where its arguments cannot be sent", async () => {
      const plugin = client<Mirror>("mirror.js", { transport: transport(), maxMessageBytes: 65_536 });
      const { echo } = plugin.components.mirror;
      const unknown = await rejection(echo({ list: [1, Symbol("two")] }));
      expect(unknown).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      expect(unknown.message).toContain("args[0].list[1]");
      expect(await rejection(echo("x".repeat(70_000)))).toMatchObject({ code: "ERR_MESSAGE_TOO_LARGE" });
      expect(plugin.timings.launch).toBe(0);
    });

    it("rejects with what the start rejects with", async () => {
      const plugin = client<Greeter>("throws-at-import.js", { transport: transport() });
      const call = rejection(plugin.components.greeter.greet("Ada"));
      expect(await call).toBe(await rejection(plugin.start()));
    });
  });
}
