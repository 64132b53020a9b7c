import { describe, expect, it } from "vitest";
import { client, load, type MakeTransport, rejection } from "../support/load.js";

interface Registered {
  first: { refusals(): string[] };
  second: { word(): string };
}

/** What every transport promises of `createServer()`, the original's shape of a plugin. */
export function serverContract(transport: MakeTransport): void {
  describe("createServer()", () => {
    it("serves what was registered after the accept, and refuses what cannot be, and bad options: ERR_OPTION", async () => {
      const plugin = await load<Registered>("registers.js", { transport: transport() });
      expect(await plugin.describe()).toMatchObject({
        components: { first: ["refusals"], second: ["word"] },
      });
      expect(await plugin.components.second.word()).toBe("registered");
      expect(await plugin.components.first.refusals()).toEqual([
        "ERR_OPTION: options must be an object; it is 5.",
        "ERR_OPTION: options must be an object; it is null.",
        "ERR_OPTION: serve: acceptTimeoutMs must be milliseconds, from 1 to 2147483647.",
        'ERR_OPTION: There is no option "acceptTimeout". There are: handshake, acceptTimeoutMs.',
        'ERR_OPTION: There is no option "handshaek". There are: handshake.',
        expect.stringMatching(/^ERR_OPTION: defineHandshake: /),
        "ERR_OPTION: onShutdown takes a function; it was given a number.",
        'ERR_OPTION: serve: the component "first" is registered twice.',
        'ERR_OPTION: serve: a component cannot be named "".',
        "ERR_OPTION: serve: a component's name must be a text.",
        "ERR_OPTION: serve: the component none must be an object with methods.",
        expect.stringContaining("ERR_OPTION: serve: data.toJSON cannot be served"),
        'ERR_OPTION: serve: register("late") came after serve().',
        "ERR_OPTION: serve: serve() was called twice.",
      ]);
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
    });

    it("tells the host at once where serve() cannot serve what was registered", async () => {
      const plugin = client("fails-to-serve.js", { transport: transport() });
      const error = await rejection(plugin.start());
      expect(error.message).toContain("serve rejected with ERR_OPTION");
      expect(error).not.toMatchObject({ code: "ERR_START_TIMEOUT" });
    });
  });
}
