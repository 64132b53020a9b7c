import { describe, expect, it } from "vitest";
import { kinds } from "../../src/rpc/frames.js";
import { openHostSession } from "../../src/rpc/session.js";
import { rejection } from "../support/load.js";
import { bounds, wirePairs } from "../support/raw-session.js";
import { sparse } from "../support/sparse.js";

for (const [name, pair] of Object.entries(wirePairs)) {
  describe(`a host's session whose plugin says what it serves, over a ${name}`, () => {
    it.each<[string, unknown]>([
      ["nothing", undefined],
      ["no components", { protocol: 1, portcall: "1" }],
      ["components that are a number", { protocol: 1, portcall: "1", components: 5 }],
      ["components that are a text", { protocol: 1, portcall: "1", components: "" }],
      ["components that are null", { protocol: 1, portcall: "1", components: null }],
      ["components that are a list", { protocol: 1, portcall: "1", components: [["greet"]] }],
      ["components that are billions of holes", { protocol: 1, portcall: "1", components: sparse(2 ** 31) }],
      ["a component without methods", { protocol: 1, portcall: "1", components: { a: null } }],
      ["a method that is no name", { protocol: 1, portcall: "1", components: { a: [5] } }],
    ])("ends with ERR_PROTOCOL over %s", async (_what, ready) => {
      const { ours, theirs } = await pair();
      for (const wire of [ours, theirs]) wire.open(bounds.maxMessageBytes);
      const session = openHostSession(ours, bounds, () => {});
      theirs.postMessage([[0, kinds.notice, "ready", ready]]);
      expect(await rejection(session.ready)).toMatchObject({ name: "PluginError", code: "ERR_PROTOCOL" });
      expect(await session.ended).toMatchObject({ how: "failed", error: { code: "ERR_PROTOCOL" } });
    });
  });
}
