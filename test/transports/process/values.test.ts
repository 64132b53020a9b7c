import { beforeAll, describe, expect, it } from "vitest";
import { frameKind, frameReader } from "../../../src/transports/process/frames.js";
import { decodeMessage, encodeMessage, loadV8 } from "../../../src/transports/process/values.js";
import { sparse } from "../../support/sparse.js";

beforeAll(loadV8);

/** What arrives of a message, and in which kind of frame. */
function sent(message: unknown, jsonOnly = false): { kind: number; payload: Buffer; value: unknown } {
  const frame = encodeMessage(message, jsonOnly);
  expect(frame.readUInt32BE()).toBe(frame.length - 5);
  const received: { kind: number; payload: Buffer; value: unknown }[] = [];
  frameReader(frame.length, (kind, payload, bytes) =>
    received.push({ kind, payload, value: decodeMessage(kind, payload, bytes) }),
  ).push(frame);
  return received[0] as (typeof received)[0];
}

const once = { a: 1 };
const sharing = [{ first: once }, { second: once }];

describe("a message", () => {
  it.each([
    [[]],
    [[[1, 0, 1, "greeter.greet", ["Ada"]]]],
    [[null, true, false, 0, -1, 1.5, 5e-324, Number.MAX_VALUE, ""]],
    [["é", "\u{1f600}", "\u2028", "\0", '"\\', "a lone surrogate: \ud800", "\udc00\ud800"]],
    [["x".repeat(1_024)]],
    ["a text by itself"],
  ])("travels as JSON where that says the same: %j", (message) => {
    expect(sent(message)).toMatchObject({ kind: frameKind.json, value: message });
  });

  it.each<[string, unknown]>([
    ["undefined", [undefined]],
    ["-0", [-0]],
    ["NaN", [Number.NaN]],
    ["infinities", [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
    ["bigints", [10n ** 30n]],
    ["an object", [{ a: 1, __proto__: null }]],
    ["a date", [new Date(0)]],
    ["an invalid date", [new Date(Number.NaN)]],
    ["a map", [new Map([[{ key: 1 }, new Set([1])]])]],
    ["a regular expression", [/a/giu]],
    ["an error", [new RangeError("far")]],
    ["a hole", [new Array(3)]],
    ["a long text", ["x".repeat(1_025)]],
    ["a long text with lone surrogates", [`${"é".repeat(1_024)}\ud800`]],
    ["many items", new Array(1_001).fill(0)],
    ["deep items", [[[[[[[[[1]]]]]]]]]],
    ["one thing in two places", sharing],
    ["undefined by itself", undefined],
  ])("travels as V8 writes it where JSON would lose something or be slow: %s", (_what, message) => {
    const { kind, value } = sent(message);
    expect(kind).toBe(frameKind.v8);
    expect(value).toEqual(structuredClone(message));
  });

  it("keeps one thing in two places one thing", () => {
    const [{ first }, { second }] = sent(sharing).value as [{ first: object }, { second: object }];
    expect(first).toBe(second);
  });

  it("keeps a -0, wherever it stands", () => {
    expect(Object.is((sent([-0]).value as number[])[0], -0)).toBe(true);
    expect(Object.is(sent(-0).value, -0)).toBe(true);
  });

  it("keeps a hole a hole, and properties on an array", () => {
    expect(0 in (sent(new Array(1)).value as object)).toBe(false);
    expect(sent(Object.assign([1], { extra: 2 })).value).toHaveProperty("extra", 2);
  });

  it("keeps cycles and shared parts", () => {
    const part = { self: null as unknown };
    part.self = part;
    const { value } = sent([part, part]);
    const [first, second] = value as (typeof part)[];
    expect(first).toBe(second);
    expect(first?.self).toBe(first);
  });

  it("throws for what cannot be cloned", () => {
    expect(() => encodeMessage([() => 1], false)).toThrow(/could not be cloned/);
  });
});

describe("bytes", () => {
  it("arrive without the neighbours they had in a pool", () => {
    const pool = new Uint8Array(1_000).fill(7);
    const { value } = sent([
      new Uint8Array(pool.buffer, 10, 4),
      new Uint16Array(pool.buffer, 20, 2),
      new DataView(pool.buffer, 30, 3),
    ]);
    const [bytes, words, view] = value as [Uint8Array, Uint16Array, DataView];
    expect(bytes).toEqual(new Uint8Array(4).fill(7));
    expect([bytes.buffer.byteLength, words.buffer.byteLength, view.buffer.byteLength]).toEqual([4, 4, 3]);
    expect(words).toBeInstanceOf(Uint16Array);
    expect(view.getUint8(2)).toBe(7);
  });

  it("do not keep or show the frame that carried them", () => {
    const frame = encodeMessage(["a secret beside", new Uint8Array([1, 2, 3])], false);
    const [, bytes] = decodeMessage(frame[4] as number, frame.subarray(5)) as [string, Uint8Array];
    frame.fill(9);
    expect(bytes).toEqual(new Uint8Array([1, 2, 3]));
    expect(bytes.buffer.byteLength).toBe(3);
  });

  it("arrive whole when they are none or many, in memory of their own", () => {
    const many = new Uint8Array(3_000_000).map((_, i) => i);
    const message = ["neighbour", new Uint8Array(0), new Uint8Array(9), many, many.subarray(1), many];
    const { kind, value } = sent(message);
    expect(kind).toBe(frameKind.withBytes);
    expect(value).toHaveLength(message.length);
    for (const [i, view] of message.slice(1).entries()) {
      const arrived = (value as Uint8Array[])[i + 1] as Uint8Array;
      expect(Buffer.compare(arrived, view as Uint8Array)).toBe(0);
      expect([arrived.byteOffset, arrived.buffer.byteLength]).toEqual([0, view.length]);
    }
    expect((value as unknown[])[3]).toBe((value as unknown[])[5]);
  });

  it("behind a value that takes none, or too few for their view, are an error", () => {
    const frame = encodeMessage([new Float64Array(200_000)], false);
    const payload = frame.subarray(9, -1_600_000);
    const decode = (bytes: number, nth = 0) => {
      payload.writeUInt32BE(nth);
      return decodeMessage(frameKind.withBytes, payload, Buffer.allocUnsafeSlow(bytes));
    };
    expect(decode(16)).toEqual([new Float64Array(2)]);
    expect(() => decode(17)).toThrow(RangeError);
    expect(() => decode(16, 1)).toThrow("takes none");
    expect(() => decodeMessage(frameKind.withBytes, Buffer.alloc(2), Buffer.alloc(0))).toThrow(RangeError);
  });

  it.each([
    Int8Array,
    Uint8ClampedArray,
    Int16Array,
    Int32Array,
    Uint32Array,
    Float32Array,
    Float64Array,
    BigInt64Array,
    BigUint64Array,
  ])("keep their class: %o", (View) => {
    for (const length of [2, 2_000_000]) {
      const value = (sent([new View(length)]).value as unknown[])[0];
      expect(value).toBeInstanceOf(View);
      expect(value).toHaveLength(length);
    }
  });
});

describe("a message for a peer that reads only JSON", () => {
  it("travels as JSON, however deep and long", () => {
    const message = [{ a: [{ b: "x".repeat(5_000) }], gone: undefined }, null];
    expect(sent(message, true)).toMatchObject({
      kind: frameKind.json,
      value: JSON.parse(JSON.stringify(message)),
    });
  });

  it("takes long texts as they are", () => {
    expect(sent(["x".repeat(5_000)], true).value).toEqual(["x".repeat(5_000)]);
  });

  it.each<[string, unknown, string]>([
    ["a bigint", [{ n: 1n }], "message[0].n"],
    ["a date", [[new Date(0)]], "message[0][0]"],
    ["bytes", [new Uint8Array(1)], "message[0]"],
    ["a map", new Map(), "message"],
    ["-0", [-0], "message[0]"],
    ["NaN", { a: Number.NaN }, "message.a"],
    ["an instance", [new (class Own {})()], "message[0]"],
  ])("is refused, by its place, when it holds %s", (_what, message, place) => {
    expect(() => encodeMessage(message, true)).toThrow(
      new TypeError(`${place} is no JSON value, and this plugin reads only JSON`),
    );
  });

  it.each<[string, unknown[], string]>([
    ["billions of holes", [1, sparse(4_000_000_000)], "message[1]"],
    ["one hole", sparse(1), "message"],
    ["members with names", Object.assign([1], { name: 2 }), "message"],
  ])("is refused at once where a list has %s", (_what, message, place) => {
    expect(() => encodeMessage(message, true)).toThrow(
      new TypeError(
        `${place} has holes or named members, which JSON has not, and this plugin reads only JSON`,
      ),
    );
  });

  it("is refused when it is nested without end", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(() => encodeMessage(endless, true)).toThrow(/nested too deep/);
  });
});

describe("a malformed message", () => {
  it.each([
    [frameKind.json, "{"],
    [frameKind.jsonOnly, ""],
    [frameKind.v8, ""],
    [frameKind.v8, "\xff\x0f"],
    [frameKind.v8, "garbage"],
    [frameKind.v8, "\xff\x0fA\xff\xff\xff\xff\x0f"],
  ])("of kind %d is an error: %j", (kind, payload) => {
    expect(() => decodeMessage(kind, Buffer.from(payload, "latin1"))).toThrow();
  });

  it("cannot reach a prototype", () => {
    const value = decodeMessage(frameKind.json, Buffer.from('{"__proto__":{"polluted":true}}'));
    expect(Object.getPrototypeOf(value)).toBe(Object.prototype);
    expect({}).not.toHaveProperty("polluted");
  });
});
