import type { PluginOptions } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { numbersIn, temporaryPath } from "../support/files.js";
import { killInTime } from "../support/kill.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { forceEnd, isAlive, untilGone } from "../support/processes.js";

interface Parent {
  parent: {
    spin(): never;
    spawnAndSpin(): never;
    exit(code: number): never;
  };
}

/** Nobody is left behind: what a plugin started ends with it, and holds up nobody. */
export function childrenContract(transport: MakeTransport): void {
  /** Options for parent.js, which spawns a child and a grandchild and writes their ids to a file. */
  const family = (...words: string[]): { pids: string; options: PluginOptions } => {
    const pids = temporaryPath();
    return { pids, options: { transport: transport(), killGraceMs: 1_000, args: [pids, ...words] } };
  };

  describe("children of a plugin", () => {
    it("that hold its output are gone after a kill, grandchildren too", async () => {
      const { pids, options } = family();
      const plugin = await load("parent.js", options);
      const children = await numbersIn(pids, 2);
      expect(children.every(isAlive)).toBe(true);
      expect(await killInTime(plugin, 1_000)).toMatchObject({ how: "killed", forced: false });
      await untilGone(children, 1_000);
    });

    it("are gone after a kill of a plugin that spins from the moment it has spawned them", async () => {
      const { pids, options } = family("spins");
      const plugin = client("parent.js", { ...options, killGraceMs: 100 });
      const started = rejection(plugin.start());
      const children = await numbersIn(pids, 2);
      expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed" });
      await untilGone(children, 1_000);
      expect(await started).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it("are gone after a kill of a plugin that spawned them in a call and spins", async () => {
      const { pids, options } = family();
      const plugin = await load<Parent>("parent.js", { ...options, killGraceMs: 100 });
      const inFlight = rejection(plugin.components.parent.spawnAndSpin());
      const children = await numbersIn(pids, 4);
      expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed", forced: true });
      await untilGone(children, 1_000);
      expect(await inFlight).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it("are gone when the plugin exits by itself", async () => {
      const { pids, options } = family();
      const plugin = await load<Parent>("parent.js", options);
      const children = await numbersIn(pids, 2);
      await rejection(plugin.components.parent.exit(4));
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 4 });
      await untilGone(children, 1_000);
    });

    it.each([
      ["exits", { how: "exited", code: 4 }],
      ["crashes", { how: "crashed" }],
    ])("are gone when the plugin %s before it serves", async (word, exit) => {
      const { pids, options } = family(word);
      const plugin = client("parent.js", options);
      expect(await rejection(plugin.start())).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE", exit });
      await untilGone(await numbersIn(pids, 2), 1_000);
    });

    it("that it forked are gone after a kill", async () => {
      const { pids, options } = family("forks");
      const plugin = await load("parent.js", options);
      const children = await numbersIn(pids, 1);
      await killInTime(plugin, 1_000);
      await untilGone(children, 1_000);
    });

    it("that left its group on purpose and hold its output do not hold up a kill, and are not reached", async () => {
      const { pids, options } = family("detached");
      const plugin = await load("parent.js", options);
      const children = await numbersIn(pids, 2);
      onTestFinished(() => children.forEach(forceEnd));
      expect(await killInTime(plugin, 1_000)).toMatchObject({ how: "killed" });
      expect(children.every(isAlive)).toBe(true);
    });
  });
}
