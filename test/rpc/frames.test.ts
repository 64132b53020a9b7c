import { describe, expect, it } from "vitest";
import { kinds, parseBatch } from "../../src/rpc/frames.js";
import { thrown } from "../support/thrown.js";

const call = [1, kinds.call, 1, "greeter.greet", ["Ada"]];

/** An array of a length, and of next to no size. */
function sparse(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}

describe("parseBatch", () => {
  it.each<[string, unknown[]]>([
    ["none", []],
    ["a call", [call]],
    ["a call with patches", [[...call, []]]],
    ["a call without arguments", [[1, kinds.call, 0, "", []]]],
    [
      "results",
      [
        [1, kinds.result, 1, undefined],
        [1, kinds.result, 2, {}, []],
      ],
    ],
    ["an error", [[1, kinds.error, 1, { thrown: "value", value: 1 }]]],
    ["a cancel", [[1, kinds.cancel, 1]]],
    ["a notice", [[0, kinds.notice, "ready", {}]]],
    ["a notice of nothing", [[0, kinds.notice, "later"]]],
    [
      "an item, an end",
      [
        [2, kinds.item, 0, 1],
        [2, kinds.end, 0],
      ],
    ],
    [
      "a release, a retain, a credit",
      [
        [2, kinds.release, 0],
        [2, kinds.retain, 0],
        [2, kinds.credit, 64],
      ],
    ],
    ["several at once", [call, [1, kinds.cancel, 1], call]],
  ])("passes frames: %s", (_what, batch) => {
    expect(parseBatch(batch)).toBe(batch);
  });

  it.each<[string, unknown]>([
    ["nothing", undefined],
    ["null", null],
    ["text", "[]"],
    ["an object", { length: 0 }],
    ["bytes", new Uint8Array(3)],
    ["a sparse array of billions", sparse(2 ** 32 - 1)],
  ])("refuses a message that is no batch: %s", (_what, message) => {
    expect(thrown(() => parseBatch(message)).code).toBe("ERR_PROTOCOL");
  });

  it.each<[string, unknown]>([
    ["a hole", sparse(1)[0]],
    ["null", null],
    ["an object", { 0: 1, 1: 0, 2: 1, length: 5 }],
    ["none", []],
    ["too short", [1, kinds.cancel]],
    ["too long", [...call, [], 1]],
    ["a sparse array of billions", sparse(2 ** 32 - 1)],
    ["no channel", [undefined, kinds.cancel, 1]],
    ["a negative channel", [-1, kinds.cancel, 1]],
    ["a channel of text", ["1", kinds.cancel, 1]],
    ["half a channel", [0.5, kinds.cancel, 1]],
    ["no kind", [1, undefined, 1]],
    ["an unknown kind", [1, 10, 1]],
    ["a kind of text", [1, "0", 1, "a.b", []]],
    ["an inherited kind", [1, "toString", 1]],
    ["no id", [1, kinds.cancel, undefined]],
    ["an id of NaN", [1, kinds.cancel, Number.NaN]],
    ["an id too great to count", [1, kinds.cancel, 2 ** 53]],
    ["an id of a bigint", [1, kinds.cancel, 1n]],
    ["a call without a name", [1, kinds.call, 1]],
    ["a call by a name of no text", [1, kinds.call, 1, ["a.b"], []]],
    ["a call by a path", [1, kinds.call, 1, ["a", "b"], []]],
    ["a call by an endless name", [1, kinds.call, 1, "x".repeat(1_025), []]],
    ["a call without arguments", [1, kinds.call, 1, "a.b"]],
    ["a call with arguments that are no list", [1, kinds.call, 1, "a.b", { length: 0 }]],
    ["a call with a billion arguments", [1, kinds.call, 1, "a.b", sparse(1e9)]],
    ["a call with broken patches", [1, kinds.call, 1, "a.b", [], {}]],
    ["a result with broken patches", [1, kinds.result, 1, 1, "buffer"]],
    ["an item with broken patches", [2, kinds.item, 0, 1, 1]],
    ["an error with broken patches", [1, kinds.error, 1, {}, "x"]],
    ["a credit that is no count", [2, kinds.credit, -1]],
    ["an error of nothing", [1, kinds.error, 1]],
    ["an error of null", [1, kinds.error, 1, null]],
    ["an error of text", [1, kinds.error, 1, "failed"]],
    ["a notice by number", [0, kinds.notice, 1, {}]],
    ["a notice by an endless name", [0, kinds.notice, "x".repeat(1_025), {}]],
  ])("refuses a frame that is none: %s", (_what, frame) => {
    expect(thrown(() => parseBatch([call, frame])).code).toBe("ERR_PROTOCOL");
  });
});
