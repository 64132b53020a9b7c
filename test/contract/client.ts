import { describe, expect, it } from "vitest";
import { client, load, type MakeTransport, rejection } from "../support/load.js";

interface Greeter {
  greeter: { greet(name: string): string; sleep(ms: number): Promise<void> };
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

    it("rejects with what the start rejects with", async () => {
      const plugin = client<Greeter>("throws-at-import.js", { transport: transport() });
      const call = rejection(plugin.components.greeter.greet("Ada"));
      expect(await call).toBe(await rejection(plugin.start()));
    });
  });
}
