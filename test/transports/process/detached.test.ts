import { spawnSync } from "node:child_process";
import { type ProcessTransportOptions, processTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { numbersIn, temporaryPath } from "../../support/files.js";
import { killInTime } from "../../support/kill.js";
import { load, rejection } from "../../support/load.js";
import { forceEnd, isAlive } from "../../support/processes.js";
import { textSink } from "../../support/text-sink.js";

/** The process group of a process. */
function groupOf(pid: number): number {
  return Number(spawnSync("ps", ["-o", "pgid=", "-p", String(pid)], { encoding: "utf8" }).stdout);
}

async function pidOf(plugin: { describe(): Promise<{ id: string }> }): Promise<number> {
  return Number((await plugin.describe()).id.replace("pid ", ""));
}

it.each([null, 7, "detached", { detach: false }, { detached: "no" }, { detached: null }])(
  "processTransport(%o) throws ERR_OPTION",
  (options) => {
    expect(() => processTransport(options as ProcessTransportOptions)).toThrow(
      expect.objectContaining({ code: "ERR_OPTION" }),
    );
  },
);

describe.skipIf(process.platform === "win32")("processTransport", () => {
  it("makes a plugin the leader of a process group, so that a terminal's Ctrl-C does not reach it", async () => {
    const pid = await pidOf(await load("greeter.js", { transport: processTransport() }));
    expect(groupOf(pid)).toBe(pid);
  });

  it("with detached: false leaves a plugin in its host's group, and kills the plugin alone", async () => {
    const pids = temporaryPath();
    const transport = processTransport({ detached: false });
    const plugin = await load("parent.js", { transport, args: [pids] });
    expect(groupOf(await pidOf(plugin))).toBe(groupOf(process.pid));
    const children = await numbersIn(pids, 2);
    try {
      expect(await killInTime(plugin, 2_000)).toMatchObject({ how: "killed", forced: false });
      expect(children.map(isAlive)).toEqual([true, true]);
    } finally {
      children.forEach(forceEnd);
    }
  });

  it("with detached: false forces a plugin that spins, within the bound", async () => {
    const transport = processTransport({ detached: false });
    const stderr = textSink();
    const options = { transport, killGraceMs: 100, stderr: stderr.stream };
    const plugin = await load<{ ender: { spin(): never } }>("ender.js", options);
    const call = rejection(plugin.components.ender.spin());
    await stderr.has("spinning");
    expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed", forced: true });
    expect(await call).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
  });
});
