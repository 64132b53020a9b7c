import type { PluginClient, PluginExit, PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import type { Ender } from "../support/ender.js";
import { client, fixture, load, type MakeTransport, rejection } from "../support/load.js";
import { textSink } from "../support/text-sink.js";

/** `exited` says how a plugin ended, and so does every call that it leaves behind. */
export function exitsContract(transport: MakeTransport): void {
  /** Brings about an end with a call in flight, and holds that call and a later one to their promise. */
  const endOf = async (
    bringAbout: (ender: PluginClient<Ender>["components"]["ender"]) => Promise<unknown>,
    options: PluginOptions = {},
  ): Promise<PluginExit> => {
    const plugin = await load<Ender>("ender.js", { transport: transport(), ...options });
    const { ender } = plugin.components;
    const inFlight = rejection(ender.never());
    await bringAbout(ender).catch(() => {});
    const exit = await plugin.exited;
    expect(plugin.hasExited).toBe(true);
    expect(await plugin.exited).toBe(exit);
    for (const error of [await inFlight, await rejection(ender.greet())]) {
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_PLUGIN_EXITED" });
      expect((error as { exit?: PluginExit }).exit).toBe(exit);
    }
    return exit;
  };

  describe("the end of a plugin", () => {
    it.each([0, 3])("that calls process.exit(%i) is exited with that code", async (code) => {
      expect(await endOf((ender) => ender.exit(code))).toMatchObject({ how: "exited", code });
    });

    it("that throws at import is crashed, with the error and what it wrote to stderr", async () => {
      const plugin = client("throws-at-import.js", { transport: transport() });
      const error = await rejection(plugin.start());
      const exit = await plugin.exited;
      expect(exit).toMatchObject({
        how: "crashed",
        error: { name: "TypeError", message: "no import today" },
        stderrTail: expect.stringMatching(
          /^about to throw\n(.*\n)*TypeError: no import today\n +at .*throws-at-import\.js:2/,
        ),
      });
      expect(error).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE", exit });
      expect(error.message).toContain("no import today");
    });

    it("that throws later is crashed, with the error and what it wrote to stderr", async () => {
      const exit = await endOf((ender) => ender.throwLater(new SyntaxError("one line\nand another")));
      expect(exit).toMatchObject({
        how: "crashed",
        error: { name: "SyntaxError", message: "one line\nand another" },
        stderrTail: expect.stringContaining("SyntaxError: one line\nand another\n"),
      });
    });

    it("that throws an error with a code and a cause has both in it", async () => {
      const thrown = new SyntaxError("one line\n\nand another", { cause: new RangeError("why") });
      const exit = await endOf((ender) => ender.throwLater(Object.assign(thrown, { code: "E_OWN" })));
      const { error } = exit as unknown as { error: Error };
      expect(error).toMatchObject({ message: "one line\n\nand another", code: "E_OWN" });
      expect(error.cause).toMatchObject({ name: "RangeError", message: "why" });
    });

    it("that leaves a rejection unhandled is crashed, with the error and what it wrote to stderr", async () => {
      const exit = await endOf((ender) => ender.rejectLater("nobody listens"));
      expect(exit).toMatchObject({
        how: "crashed",
        error: { name: "RangeError", message: "nobody listens" },
        stderrTail: expect.stringContaining("RangeError: nobody listens\n"),
      });
    });

    it.each([
      ["a string", "a string"],
      [null, "null"],
      [{ reason: 1 }, "{ reason: 1 }"],
    ])(
      "that throws %o, which is no error, is crashed with an error that says so",
      async (thrown, message) => {
        const exit = await endOf((ender) => ender.throwLater(thrown));
        expect(exit).toMatchObject({ how: "crashed", error: { name: "Error", message } });
        expect(exit.how === "crashed" && exit.error).toBeInstanceOf(Error);
      },
    );

    it("that a signal ends is signalled", async () => {
      const stderr = textSink();
      const plugin = client("never-serves.js", { transport: transport(), stderr: stderr.stream });
      const started = rejection(plugin.start());
      await stderr.has("waiting");
      plugin.interrupt();
      const exit = await plugin.exited;
      expect(exit).toMatchObject({ how: "signalled", signal: "SIGINT" });
      expect(await started).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE", exit });
    });

    it("that has no memory left is out-of-memory", async () => {
      const exit = await endOf((ender) => ender.fillMemory(), { limits: { memoryMb: 32 } });
      expect(exit).toMatchObject({ how: "out-of-memory" });
    });

    it.each([
      [2_000, false],
      [0, true],
    ])("that is killed with a grace of %i ms is killed, forced %s", async (killGraceMs, forced) => {
      const plugin = await load<Ender>("ender.js", { transport: transport(), killGraceMs });
      const inFlight = rejection(plugin.components.ender.never());
      const exit = await plugin.kill();
      expect(exit).toMatchObject({ how: "killed", forced });
      for (const error of [await inFlight, await rejection(plugin.components.ender.greet())]) {
        expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit });
      }
    });

    it("that could not be started is never-started, with the reason", async () => {
      const plugin = client("there-is-no-such-plugin.js", { transport: transport() });
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({ code: "ERR_SPAWN" });
      expect(error.message).toContain(fixture("there-is-no-such-plugin.js").pathname);
      expect(await plugin.exited).toMatchObject({ how: "never-started", error });
      expect(await plugin.kill()).toBe(await plugin.exited);
      expect(await rejection(plugin.start())).toBe(error);
    });
  });
}
