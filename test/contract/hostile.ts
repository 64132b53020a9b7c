import { describe, expect, it } from "vitest";
import { builtIns, changesSince } from "../support/built-ins.js";
import { client, type MakeTransport, rejection } from "../support/load.js";

/** What every transport promises of a plugin that answers a call with anything. test/attack has all that there is. */
export function hostileContract(transport: MakeTransport): void {
  describe("a hostile plugin", () => {
    it.each<[string, unknown]>([
      ["no batch", { id: 1, type: "RAW", value: 1 }],
      ["an answer to another call", [[1, 1, 2, 1]]],
      ["a call of what the host does not serve", [[1, 0, 1, "constructor.constructor", []]]],
      ["a frame for a channel that never was", [[2, 8, 0, 1]]],
      [
        "a value with __proto__ in a path",
        [[1, 1, 1, { a: {} }, [[["a", "__proto__", "x"], "function", 3]]]],
      ],
    ])("ends over %s: its calls reject with ERR_PROTOCOL, and the host goes on", async (_what, answer) => {
      const before = builtIns();
      const plugin = client("hostile.js", { transport: transport(), args: [JSON.stringify(answer)] });
      await plugin.start();
      const call = plugin.components.it?.call?.();
      expect(await rejection(call as Promise<unknown>)).toMatchObject({ code: "ERR_PROTOCOL" });
      await plugin.exited;
      expect(plugin.diagnostics()).toMatchObject({ callsInFlight: 0, liveChannels: 0 });
      expect(await rejection(plugin.components.it?.call?.() as Promise<unknown>)).toMatchObject({
        code: expect.stringMatching(/^ERR_(PROTOCOL|PLUGIN_EXITED)$/),
      });
      expect(changesSince(before)).toEqual([]);
    });
  });
}
