import { kinds } from "../../src/rpc/frames.js";
import { sparse } from "../support/sparse.js";

/** Named frames that a peer may not send: one, or all of a list in one message. */
export type Frames = readonly (readonly [what: string, frames: unknown, all?: "all"])[];

const { call, result, error, cancel, notice, release, retain, credit, item, end } = kinds;
const failure = { thrown: "value", value: 1 };

/** Every kind of frame, on one channel. `id` is that of calls; answers are to call 1. */
function everyKind(channel: number, id: number): Frames {
  return [
    [`call ${channel}`, [channel, call, id, "", []]],
    [`result ${channel}`, [channel, result, 1, 1]],
    [`error ${channel}`, [channel, error, 1, failure]],
    [`own error ${channel}`, [channel, error, 0, failure]],
    [`own result ${channel}`, [channel, result, 0, 1]],
    [`item ${channel}`, [channel, item, 0, 1]],
    [`end ${channel}`, [channel, end, 0]],
    [`leave ${channel}`, [channel, cancel, 0]],
    [`credit ${channel}`, [channel, credit, 1]],
    [`retain ${channel}`, [channel, retain, 0]],
    [`release ${channel}`, [channel, release, 0]],
  ];
}

/** A frame of every kind on each of the channels that the scenes have, and on some that they have not. */
export function everyKindEverywhere(id: number): Frames {
  const channels = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 1_001, 2 ** 32, Number.MAX_SAFE_INTEGER];
  return channels.flatMap((channel) => everyKind(channel, id));
}

/** What a plain comlink at the other end would take for a message of its own. */
export const comlinkMessages: Frames = [
  ["GET", { id: "1", type: "GET", path: ["constructor"] }],
  ["SET", { id: "1", type: "SET", path: ["__proto__", "x"], value: { type: "RAW", value: 1 } }],
  ["APPLY", { id: "1", type: "APPLY", path: ["run"], argumentList: [] }],
  ["CONSTRUCT", { id: "1", type: "CONSTRUCT", path: ["constructor", "constructor"], argumentList: [] }],
  ["ENDPOINT", { id: "1", type: "ENDPOINT" }],
  ["RELEASE", { id: "1", type: "RELEASE" }],
  ["throw", { id: "1", type: "HANDLER", name: "throw", value: { isError: false, value: 1 } }],
  ["RAW", { id: "1", type: "RAW", value: 1 }],
];

export const malformedFrames: Frames = [
  ["a hole", sparse(1)[0]],
  ["an empty frame", []],
  ["text", "[1,1,1,1]"],
  ["an object like a frame", { 0: 1, 1: 1, 2: 1, 3: 1, length: 4 }],
  ["an endless frame", sparse(2 ** 32 - 1)],
  ["NaN as channel", [Number.NaN, result, 1, 1]],
  ["a negative channel", [-2, call, 1, "", []]],
  ["half a channel", [0.5, call, 1, "", []]],
  ["a channel of text", ["1", result, 1, 1]],
  ["a channel over what can be counted", [2 ** 53, call, 1, "", []]],
  ["an unknown kind", [1, 10, 1]],
  ["an inherited kind", [1, "toString", 1]],
  ["a kind of text", [1, "1", 1, 1]],
  ["an id of text", [1, result, "1", 1]],
  ["an id of __proto__", [1, result, "__proto__", 1]],
  ["an id of NaN", [1, result, Number.NaN, 1]],
  ["a negative id", [1, result, -1, 1]],
  ["a name of a mebibyte", [2, call, 1, "x".repeat(1_048_576), []]],
  ["a name that is a path", [2, call, 1, ["constructor", "constructor"], []]],
  ["a billion arguments", [2, call, 1, "", sparse(1e9)]],
  ["arguments that are none", [2, call, 1, "", { length: 0 }]],
  ["a notice with an endless name", [0, notice, "x".repeat(1_048_576), 1]],
  ["credit that cannot be counted", [8, kinds.credit, 2 ** 53]],
  ["an error of nothing", [1, error, 1]],
  ["an error of text", [1, error, 1, "failed"]],
  ["patches of text", [1, result, 1, [], "patches"]],
  ["patches where a frame has none", [5, kinds.release, 0, null, {}]],
];

type WithPatches = (value: unknown, patches: unknown[]) => unknown;

/** The same patches, for a value that stands deeper. */
export function below(path: readonly string[], patches: unknown[]): unknown[] {
  if (patches.length > 10) return patches;
  return patches.map((patch) =>
    Array.isArray(patch) && Array.isArray(patch[0]) && patch[0].length < 10
      ? [[...path, ...patch[0]], ...patch.slice(1)]
      : patch,
  );
}

/**
 * Patches that lead to nowhere, to what is not the message's, or say what cannot be. A plugin has used the channels 3 to
 * 9, and 4 is an object of the host's; the other way around, 2 to 8 and 5.
 */
export function brokenPatches(frame: WithPatches, from: "host" | "plugin" = "plugin"): Frames {
  const seen = (patch: unknown) => {
    if (from === "plugin" || !Array.isArray(patch) || !Number.isSafeInteger(patch[2]) || patch[2] < 2)
      return patch;
    return [patch[0], patch[1], patch[2] % 2 === 0 ? patch[2] + 1 : patch[2] - 1, ...patch.slice(3)];
  };
  const one = (what: string, value: unknown, ...patches: unknown[]): Frames[number] => [
    what,
    frame(value, patches.map(seen)),
  ];
  return [
    one("no patch", {}, null),
    one("no patch but text", {}, "buffer"),
    one("an empty patch", {}, []),
    ["a hole of billions", frame({}, sparse(2 ** 32 - 1))],
    one("no path", {}, [null, "buffer"]),
    one("an endless path", {}, [sparse(2 ** 32 - 1), "buffer"]),
    one("an unknown kind", { a: null }, [["a"], "constructor", 11]),
    one("a kind that is none", { a: null }, [["a"], { toString: null }, 11]),
    one("a missing key", {}, [["a"], "function", 11]),
    one("an inherited key", {}, [["toString"], "function", 11]),
    one("__proto__", {}, [["__proto__"], "function", 11]),
    one("below __proto__", {}, [["__proto__", "polluted"], "function", 11]),
    one("below constructor", {}, [["constructor", "prototype", "polluted"], "function", 11]),
    one("a method of Array.prototype", [], [["push"], "function", 11]),
    one("through text", { a: "text" }, [["a", "0"], "function", 11]),
    one("through a number", { a: 1 }, [["a", "toFixed"], "function", 11]),
    one("the length of a list", { a: [null] }, [["a", "length"], "function", 11]),
    one("the length of text", { a: "text" }, [["a", "length"], "function", 11]),
    one("behind the end of a list", { a: [null] }, [["a", "1"], "function", 11]),
    one("a hole of a list", { a: sparse(2 ** 32 - 1) }, [["a", "7"], "function", 11]),
    one("a step that is no key", { a: null }, [[{ toString: null }], "function", 11]),
    one("a step of null", { null: null }, [[null], "function", 11]),
    one("into bytes", { a: new Uint8Array(4) }, [["a", "0"], "function", 11]),
    one("into bigints", { a: new BigInt64Array(4) }, [["a", "0"], "function", 11]),
    one("into a date", { a: new Date(0) }, [["a", "getTime"], "function", 11]),
    one("an entry of a list", { a: [[null]] }, [["a", [0, 0]], "function", 11]),
    one("an entry behind the end of a Map", { a: new Map([[1, null]]) }, [["a", [1, 1]], "function", 11]),
    one("an entry of a huge number", { a: new Map([[1, null]]) }, [["a", [2 ** 53, 1]], "function", 11]),
    one("a negative entry", { a: new Map([[1, null]]) }, [["a", [-1, 1]], "function", 11]),
    one("a third part of an entry", { a: new Map([[1, null]]) }, [["a", [0, 2]], "function", 11]),
    one("a value in a Set", { a: new Set([null]) }, [["a", [0, 1]], "function", 11]),
    one("the prototype of the list of entries", { a: new Map() }, [
      ["a", ["constructor", "prototype"], "push"],
      "function",
      11,
    ]),
    one("below the list of entries", { a: new Map([[1, null]]) }, [["a", ["push", "name"]], "function", 11]),
    one("the length of an entry", { a: new Map([[1, null]]) }, [["a", [0, "length"]], "function", 11]),
    one("a key of a Map by its name", { a: new Map([["b", null]]) }, [["a", "b"], "function", 11]),
    one("no channel", { a: null }, [["a"], "function"]),
    one("a channel of text", { a: null }, [["a"], "function", "11"]),
    one("a channel of NaN", { a: null }, [["a"], "function", Number.NaN]),
    one("a negative channel", { a: null }, [["a"], "function", -1]),
    one("half a channel", { a: null }, [["a"], "function", 11.5]),
    one("channel 0", { a: null }, [["a"], "function", 0]),
    one("the components' channel", { a: null }, [["a"], "function", 1]),
    one("a channel of the other side", { a: null }, [["a"], "function", 12]),
    one("a channel that was used before", { a: null }, [["a"], "function", 3]),
    one("descending channels", { a: null, b: null }, [["a"], "function", 13], [["b"], "function", 11]),
    one("mine, but it is not", { a: null }, [["a"], "mine", 3]),
    one("mine, but it never was", { a: null }, [["a"], "mine", 1_000]),
    one("mine on no channel", { a: null }, [["a"], "mine", { valueOf: null }]),
    one("into what the other side owns", { a: null }, [["a"], "mine", 4], [["a", "secret"], "function", 11]),
    one("what the other side owns as an error", { a: null }, [["a"], "mine", 4], [["a", "save"], "error"]),
    one(
      "into what was just put there",
      { a: null },
      [["a"], "iterable", 11],
      [["a", "next"], "function", 13],
    ),
    one("a buffer of text", { a: "text" }, [["a"], "buffer"]),
    one("a buffer of floats", { a: new Float64Array(1) }, [["a"], "buffer"]),
    one("an error of text", { a: "text" }, [["a"], "error"]),
    one("an aborted signal of nothing", { a: null }, [["a"], "aborted"]),
    one("methods that are no list", { a: null }, [["a"], "proxy", 11, "constructor"]),
    one("methods that are no names", { a: null }, [["a"], "proxy", 11, [{ toString: null }]]),
    one("four billion methods", { a: null }, [["a"], "proxy", 11, sparse(2 ** 32 - 1)]),
  ];
}
