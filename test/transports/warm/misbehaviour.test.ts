import type { PluginClient, PluginOptions, WarmTransport } from "portcall";
import { afterAll, afterEach, beforeEach, describe, expect, it } from "vitest";
import { killInTime } from "../../support/kill.js";
import { client, rejection } from "../../support/load.js";
import { textSink } from "../../support/text-sink.js";
import { warmTransports } from "../../support/warm.js";

interface Misbehaving {
  misbehaving: { act(): unknown; greet(): string };
}

const moments = ["import", "announcement", "call"];
const ends: readonly (readonly [deed: string, exit: object])[] = [
  ["exits with 0", { how: "exited", code: 0 }],
  ["exits with 3", { how: "exited", code: 3 }],
  ["throws later", { how: "crashed", error: { name: "RangeError", message: "misbehaved" } }],
  ["fills its memory", { how: "out-of-memory" }],
];
const limits = { memoryMb: 32 };

describe.each(warmTransports)("a plugin on a %s", (_name, make) => {
  const transport: WarmTransport = make({ spares: 2 });
  let warm = 0;

  const misbehaving = (deed: string, moment: string, options: PluginOptions = {}) =>
    client<Misbehaving>("misbehaves.js", { transport, limits, args: [deed, moment], ...options });

  /** Resolves when the deed is done, or has done its work. */
  const act = (plugin: PluginClient<Misbehaving>, moment: string) =>
    moment === "call" ? plugin.components.misbehaving.act() : plugin.start();

  beforeEach(async () => {
    // Makes the supply for these limits, where there is none yet.
    if (warm === 0) await client("greeter.js", { transport, limits }).start();
    await transport.ready();
    warm = transport.stats().warm;
  });
  afterEach(async () => {
    expect(transport.stats().warm).toBeGreaterThan(warm);
    await transport.ready();
    expect(transport.stats().ready).toBe(4);
  });
  afterAll(() => transport[Symbol.asyncDispose]());

  describe.each(moments)("at its %s", (moment) => {
    it.each(ends)("that %s ends so, and the supply is at strength again", async (deed, expected) => {
      const plugin = misbehaving(deed, moment);
      await rejection(
        act(plugin, moment)
          .then(() => plugin.exited)
          .then(() => Promise.reject(new Error("ended"))),
      );
      expect(await plugin.exited).toMatchObject(expected);
    });

    it("that spins is killed within its bound", async () => {
      const stderr = textSink();
      const plugin = misbehaving("spins", moment, { stderr: stderr.stream, killGraceMs: 100 });
      const acted = rejection(act(plugin, moment));
      await stderr.has("spinning");
      expect(await killInTime(plugin, 100)).toMatchObject({ how: "killed" });
      expect(await acted).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });

    it.each(["posts to its parent", "closes its port"])("that %s goes on", async (deed) => {
      const plugin = misbehaving(deed, moment);
      await act(plugin, moment);
      expect(await plugin.components.misbehaving.greet()).toBe("Hello!");
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
    });
  });

  it("that throws at its import is crashed, and one that throws in a call goes on", async () => {
    const broken = misbehaving("throws", "import");
    expect(await rejection(broken.start())).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE" });
    expect(await broken.exited).toMatchObject({
      how: "crashed",
      error: { name: "RangeError", message: "misbehaved" },
      stderrTail: expect.stringContaining("RangeError: misbehaved"),
    });
    const plugin = misbehaving("throws", "call");
    expect(await rejection(plugin.components.misbehaving.act())).toMatchObject({ message: "misbehaved" });
    expect(await plugin.components.misbehaving.greet()).toBe("Hello!");
  });
});
