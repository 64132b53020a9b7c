import { describe, expect, it } from "vitest";
import { linesOf, temporaryPath } from "../support/files.js";
import { heldTransport } from "../support/held-transport.js";
import { killInTime } from "../support/kill.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { textSink } from "../support/text-sink.js";

interface Idle {
  idle: { greet(): string; never(): Promise<never> };
}

/** A plugin that is asked, or whose host is gone, ends in order: hooks, the rest of its file, its exit handlers. */
export function shutdownContract(transport: MakeTransport): void {
  const hooks = ["third hook", "second hook", "first hook"];

  describe("shutdown", () => {
    it("on a kill runs the hooks, the last one first, and then ends in a normal exit", async () => {
      const diary = temporaryPath();
      const plugin = await load("shuts-down.js", { transport: transport(), args: [diary] });
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(linesOf(diary)).toEqual([...hooks, "served", "exit 7"]);
    });

    it("on the session's end does the same, and the plugin ends with its exit code", async () => {
      const diary = temporaryPath();
      const held = heldTransport(transport());
      const plugin = await load<Idle>("shuts-down.js", { transport: held.transport, args: [diary] });
      const inFlight = rejection(plugin.components.idle.never());
      held.endSession();
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 7 });
      expect(linesOf(diary)).toEqual([...hooks, "served", "exit 7"]);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "exited", code: 7 } });
    });

    it("before the host has connected does the same", async () => {
      const diary = temporaryPath();
      const stderr = textSink();
      const plugin = client("shuts-down.js", {
        transport: heldTransport(transport(), { connects: false }).transport,
        args: [diary],
        stderr: stderr.stream,
      });
      const started = rejection(plugin.start());
      await stderr.has("Waiting for connection...");
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(linesOf(diary)).toEqual([...hooks, "served", "exit 7"]);
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it("logs a hook that fails", async () => {
      const stderr = textSink();
      const plugin = await load("shuts-down.js", {
        transport: transport(),
        args: [temporaryPath()],
        stderr: stderr.stream,
      });
      await plugin.kill();
      expect(stderr.text).toMatch(
        /\d A shutdown hook failed: Error: a hook without luck\n\s+at .*shuts-down\.js:\d+/,
      );
    });

    it("ends a plugin that does not end by itself a second after it has served, with its exit code", async () => {
      const diary = temporaryPath();
      const held = heldTransport(transport());
      const plugin = await load<Idle>("shuts-down.js", {
        transport: held.transport,
        args: [diary, "lingers"],
      });
      const inFlight = rejection(plugin.components.idle.never());
      held.endSession();
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 7 });
      expect(linesOf(diary)).toEqual([...hooks, "served", "exit 7"]);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "exited", code: 7 } });
    });

    it("ends such a plugin in the same way when it is killed with enough grace", async () => {
      const diary = temporaryPath();
      const plugin = await load("shuts-down.js", { transport: transport(), args: [diary, "lingers"] });
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(linesOf(diary)).toEqual([...hooks, "served", "exit 7"]);
    });

    it("that hangs in a hook is forced when the grace is over", async () => {
      const diary = temporaryPath();
      const plugin = await load<Idle>("shuts-down.js", {
        transport: transport(),
        args: [diary, "hangs"],
        killGraceMs: 200,
      });
      const inFlight = rejection(plugin.components.idle.never());
      expect(await killInTime(plugin, 200)).toMatchObject({ how: "killed", forced: true });
      expect(linesOf(diary)).toEqual([]);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed" } });
    });

    it("is not cut short by a start that fails while the plugin is asked to end", async () => {
      const diary = temporaryPath();
      const stderr = textSink();
      const plugin = client("announces-badly.js", {
        transport: transport(),
        args: [diary],
        stderr: stderr.stream,
      });
      const started = rejection(plugin.start());
      await stderr.has("waiting");
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(linesOf(diary)).toEqual(["ended in peace"]);
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed" } });
    });
  });
}
