import type { HandshakeTransport, PluginClient } from "portcall";
import { describe, expect, it } from "vitest";
import type { Ender } from "../support/ender.js";
import { killInTime } from "../support/kill.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { textSink } from "../support/text-sink.js";
import { childrenContract } from "./children.js";
import { exitsContract } from "./exits.js";
import { managedContract } from "./managed.js";
import { shutdownContract } from "./shutdown.js";
import { unwillingContract } from "./unwilling.js";

/** How plugins end, on every transport. */
export function endingsContract(transport: MakeTransport): void {
  describe("start", () => {
    it("launches once when it is called twice at once, and both calls get the same address", async () => {
      const counted = countingTransport(transport());
      const plugin = client("ender.js", { transport: counted.transport });
      const [first, second] = await Promise.all([plugin.start(), plugin.start()]);
      expect(first).toMatch(/^127\.0\.0\.1:\d+$/);
      expect(second).toBe(first);
      expect(await plugin.start()).toBe(first);
      expect(counted.launches()).toBe(1);
    });

    it("rejects with ERR_PLUGIN_EXITED after a kill, when nothing is left of the plugin", async () => {
      const plugin = await load("ender.js", { transport: transport() });
      void plugin.kill();
      const error = await rejection(plugin.start());
      expect(plugin.hasExited).toBe(true);
      expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed", forced: false } });
    });

    it("rejects with ERR_PLUGIN_EXITED after the plugin has ended by itself", async () => {
      const plugin = await load<Ender>("ender.js", { transport: transport() });
      await rejection(plugin.components.ender.exit(5));
      await plugin.exited;
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "exited", code: 5 } });
    });
  });

  describe("kill", () => {
    it("before the start leaves nothing to start", async () => {
      const plugin = client<Ender>("ender.js", { transport: transport() });
      expect(plugin.hasExited).toBe(false);
      expect(await plugin.kill()).toEqual({ how: "never-started", stderrTail: "" });
      expect(plugin.hasExited).toBe(true);
      const refused = { code: "ERR_PLUGIN_EXITED", exit: { how: "never-started" } };
      expect(await rejection(plugin.start())).toMatchObject(refused);
      expect(await rejection(plugin.components.ender.greet())).toMatchObject(refused);
    });

    it("in the same turn as the start, on either side of it, ends it", async () => {
      const after = client("ender.js", { transport: transport() });
      const [startedFirst, killed] = await Promise.all([rejection(after.start()), killInTime(after, 2_000)]);
      expect(startedFirst).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed" } });
      expect(killed.how).toBe("killed");

      const before = client("ender.js", { transport: transport() });
      const [never, startedLast] = await Promise.all([before.kill(), rejection(before.start())]);
      expect(startedLast).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "never-started" } });
      expect(never.how).toBe("never-started");
    });

    it("at any moment of the start ends it", async () => {
      for (const ms of [1, 5, 10, 15, 20, 25, 30, 40, 60]) {
        const plugin = client("ender.js", { transport: transport() });
        const started = plugin.start().catch((error: unknown) => error);
        await new Promise((resolve) => setTimeout(resolve, ms));
        expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
        const outcome = await started;
        if (typeof outcome !== "string") expect(outcome).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      }
    });

    it("during the start makes the start reject, and exited say killed", async () => {
      const stderr = textSink();
      const plugin = client("never-serves.js", { transport: transport(), stderr: stderr.stream });
      const started = rejection(plugin.start());
      await stderr.has("waiting");
      expect(plugin.hasExited).toBe(false);
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed" } });
      expect((await plugin.exited).stderrTail).toContain("waiting");
    });

    it("of a plugin that serves with nothing pending is not forced", async () => {
      const plugin = await load("ender.js", { transport: transport() });
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(plugin.hasExited).toBe(true);
    });

    it("twice, and after the exit, says the same", async () => {
      const plugin = await load("ender.js", { transport: transport() });
      const [first, second] = await Promise.all([plugin.kill(), plugin.kill()]);
      expect(second).toBe(first);
      expect(await plugin.kill()).toBe(first);
      expect(await plugin.exited).toBe(first);
    });

    it("after the plugin has ended by itself does not change how it ended", async () => {
      const plugin = await load<Ender>("ender.js", { transport: transport() });
      await rejection(plugin.components.ender.exit(3));
      const exit = await plugin.exited;
      expect(await plugin.kill()).toBe(exit);
      expect(exit).toMatchObject({ how: "exited", code: 3 });
    });

    it("without a grace forces at once", async () => {
      const plugin = await load("ender.js", { transport: transport(), killGraceMs: 0 });
      expect(await killInTime(plugin, 0)).toMatchObject({ how: "killed", forced: true });
    });

    it("is what the end of an `await using` block does", async () => {
      let plugin: PluginClient;
      {
        await using loaded = await load("ender.js", { transport: transport() });
        plugin = loaded as PluginClient;
        expect(plugin.hasExited).toBe(false);
      }
      expect(plugin.hasExited).toBe(true);
      expect(await plugin.exited).toMatchObject({ how: "killed", forced: false });
    });
  });

  unwillingContract(transport);
  childrenContract(transport);
  exitsContract(transport);
  shutdownContract(transport);
  managedContract(transport);
}

function countingTransport(inner: HandshakeTransport): {
  readonly transport: HandshakeTransport;
  launches(): number;
} {
  let count = 0;
  const launch: HandshakeTransport["launch"] = (request) => {
    count++;
    return inner.launch(request);
  };
  return { transport: { name: inner.name, launch }, launches: () => count };
}
