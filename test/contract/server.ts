import { describe, expect, it } from "vitest";
import { load, type MakeTransport } from "../support/load.js";

interface Registered {
  first: { refusals(): string[] };
  second: { word(): string };
}

/** What every transport promises of `createServer()`, the original's shape of a plugin. */
export function serverContract(transport: MakeTransport): void {
  describe("createServer()", () => {
    it("serves what was registered after the accept, and refuses what cannot be: ERR_OPTION", async () => {
      const plugin = await load<Registered>("registers.js", { transport: transport() });
      expect(await plugin.describe()).toMatchObject({
        components: { first: ["refusals"], second: ["word"] },
      });
      expect(await plugin.components.second.word()).toBe("registered");
      expect(await plugin.components.first.refusals()).toEqual([
        'ERR_OPTION: serve: the component "first" is registered twice.',
        'ERR_OPTION: serve: register("late") came after serve().',
        "ERR_OPTION: serve: serve() was called twice.",
      ]);
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
    });
  });
}
