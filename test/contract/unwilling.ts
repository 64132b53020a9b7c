import { describe, expect, it } from "vitest";
import type { Ender } from "../support/ender.js";
import { fifo } from "../support/fifo.js";
import { numbersIn, temporaryPath } from "../support/files.js";
import { killInTime } from "../support/kill.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { untilGone } from "../support/processes.js";
import { textSink } from "../support/text-sink.js";

/** Kill is bounded also where the plugin does not listen. */
export function unwillingContract(transport: MakeTransport): void {
  describe("kill of an unwilling plugin", () => {
    it("forces one that swallows SIGTERM and never serves", async () => {
      const stderr = textSink();
      const plugin = client("swallows-sigterm.js", {
        transport: transport(),
        killGraceMs: 100,
        stderr: stderr.stream,
      });
      const started = rejection(plugin.start());
      await stderr.has("waiting");
      expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed", forced: true });
      expect(stderr.text).toContain("swallowed");
      expect(await started).toMatchObject({
        code: "ERR_PLUGIN_EXITED",
        exit: { how: "killed", forced: true },
      });
    });

    it("need not force one that swallows SIGTERM and serves", async () => {
      const stderr = textSink();
      const plugin = await load("serves-and-swallows-sigterm.js", {
        transport: transport(),
        stderr: stderr.stream,
      });
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(stderr.text).toContain("swallowed");
    });

    it("forces one that spins in a call, and settles what is in flight and what was never read", async () => {
      const stderr = textSink();
      const plugin = await load<Ender>("ender.js", {
        transport: transport(),
        killGraceMs: 100,
        stderr: stderr.stream,
      });
      const inFlight = rejection(plugin.components.ender.spin());
      await stderr.has("spinning");
      const unread = rejection(plugin.components.ender.greet());
      const exit = { how: "killed", forced: true };
      expect(await killInTime(plugin, 100)).toMatchObject(exit);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit });
      expect(await unread).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit });
    });

    it("ends one that spins at import", async () => {
      const stderr = textSink();
      const plugin = client("spins-at-import.js", {
        transport: transport(),
        killGraceMs: 100,
        stderr: stderr.stream,
      });
      const started = rejection(plugin.start());
      await stderr.has("spinning");
      expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed" });
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it("is bounded when the plugin is blocked in a system call, and ends the plugin's children", async () => {
      const pids = temporaryPath();
      const plugin = await load<Blocker>("blocks.js", {
        transport: transport(),
        killGraceMs: 100,
        args: [fifo(), pids],
      });
      const inFlight = rejection(plugin.components.blocker.block());
      const children = await numbersIn(pids, 1);
      const exit = await killInTime(plugin, 100);
      expect(["killed", "stuck"]).toContain(exit.how);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: exit.how } });
      await untilGone(children, 2_000);
    });
  });
}

interface Blocker {
  blocker: { block(): string };
}
