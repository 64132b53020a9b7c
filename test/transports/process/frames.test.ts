import { describe, expect, it } from "vitest";
import {
  emptyHeader,
  fillHeader,
  frameKind,
  frameReader,
  textFrame,
} from "../../../src/transports/process/frames.js";
import { thrown } from "../../support/thrown.js";

type Received = [kind: number, payload: string];

/** A reader that lists what it hands over. */
function listingReader(maxBytes = 1_024): { push(chunk: Buffer): void; frames: Received[] } {
  const frames: Received[] = [];
  const reader = frameReader(maxBytes, (kind, payload) => frames.push([kind, payload.toString("latin1")]));
  return { push: reader.push, frames };
}

/** A header with any content. */
function header(length: number, kind: number): Buffer {
  const bytes = Buffer.alloc(5, kind);
  bytes.writeUInt32BE(length);
  return bytes;
}

describe("a frame", () => {
  it("is a big-endian count of the payload's bytes, a byte of kind, the payload", () => {
    expect(textFrame(frameKind.json, "[é]")).toEqual(Buffer.from([0, 0, 0, 4, 2, 0x5b, 0xc3, 0xa9, 0x5d]));
    expect(textFrame(frameKind.text, "")).toEqual(Buffer.from([0, 0, 0, 0, 0]));
  });

  it("can be built behind an empty header", () => {
    const frame = fillHeader(Buffer.concat([emptyHeader(), Buffer.from("abc")]), frameKind.v8);
    expect(frame).toEqual(Buffer.from([0, 0, 0, 3, 1, 0x61, 0x62, 0x63]));
  });
});

describe("frameReader", () => {
  const expected: Received[] = [
    [frameKind.text, "first"],
    [frameKind.json, ""],
    [frameKind.v8, "x".repeat(40)],
    [frameKind.jsonOnly, "[1]"],
  ];
  const stream = Buffer.concat(expected.map(([kind, payload]) => textFrame(kind, payload)));

  it("hands over the same frames however the bytes are cut in two", () => {
    for (let cut = 0; cut <= stream.length; cut++) {
      const { push, frames } = listingReader();
      push(stream.subarray(0, cut));
      push(stream.subarray(cut));
      expect(frames).toEqual(expected);
    }
  });

  it.each([1, 2, 3, 4, 5, 6, 7, 11])("hands over the same frames in chunks of %d bytes", (size) => {
    const { push, frames } = listingReader();
    for (let at = 0; at < stream.length; at += size) push(stream.subarray(at, at + size));
    expect(frames).toEqual(expected);
  });

  it.each([1, 65_536, 4_194_304, 4_194_310, 5_000_000])(
    "hands over large frames, and small ones behind them, in chunks of %d bytes",
    (size) => {
      const large = [4_194_304, 4_194_305, 9_000_000].map((length, i) => Buffer.alloc(length, i + 1));
      const frames: Buffer[] = [];
      const reader = frameReader(10_000_000, (_kind, payload) => void frames.push(Buffer.from(payload)));
      const sent = large.flatMap((payload) => [payload, Buffer.from("small")]);
      const bytes = Buffer.concat(
        sent.map((payload) => fillHeader(Buffer.concat([emptyHeader(), payload]), 1)),
      );
      // One byte at a time only where it matters: around the ends of frames.
      const step = (at: number) => (size === 1 && at % 100_000 > 99 ? 997 : size);
      for (let at = 0; at < bytes.length; ) {
        const next = at + step(at);
        reader.push(bytes.subarray(at, next));
        at = next;
      }
      expect(frames.map((frame) => frame.length)).toEqual(sent.map((payload) => payload.length));
      expect(frames.every((frame, i) => frame.equals(sent[i] as Buffer))).toBe(true);
    },
  );

  it("hands over large bytes apart, in memory of their own, however the bytes are cut", () => {
    const expected = [
      [frameKind.withBytes, "message", "bytes"],
      [frameKind.json, "[1]", undefined],
      [frameKind.withBytes, "", "only"],
      [frameKind.withBytes, "none", ""],
    ] as const;
    const stream = Buffer.concat(
      expected.map(([kind, payload, bytes]) => {
        const count = Buffer.alloc(4);
        count.writeUInt32BE(bytes?.length ?? 0);
        return textFrame(
          kind,
          bytes === undefined ? payload : `${count.toString("latin1")}${payload}${bytes}`,
        );
      }),
    );
    for (let size = 1; size <= stream.length; size++) {
      const received: unknown[] = [];
      const reader = frameReader(100, (kind, payload, bytes) => {
        received.push([kind, payload.toString(), bytes?.toString()]);
        expect([bytes?.byteOffset ?? 0, bytes?.buffer.byteLength]).toEqual([0, bytes?.length]);
      });
      for (let at = 0; at < stream.length; at += size) reader.push(stream.subarray(at, at + size));
      expect(received).toEqual(expected);
    }
  });

  it("refuses a frame that is shorter than the bytes in it", () => {
    const { push } = listingReader();
    push(header(8, frameKind.withBytes));
    expect(thrown(() => push(Buffer.from([0, 0, 0, 5])))).toMatchObject({ code: "ERR_PROTOCOL" });
    for (const length of [0, 3]) {
      const bytes = Buffer.concat([header(length, frameKind.withBytes), Buffer.alloc(4)]);
      expect(thrown(() => listingReader().push(bytes))).toMatchObject({ code: "ERR_PROTOCOL" });
    }
  });

  it("hands over a frame as soon as its last byte is there", () => {
    const { push, frames } = listingReader();
    push(stream.subarray(0, 9));
    expect(frames).toEqual([]);
    push(stream.subarray(9, 10));
    expect(frames).toEqual(expected.slice(0, 1));
  });

  it("goes on after chunks of no bytes", () => {
    const { push, frames } = listingReader();
    push(Buffer.alloc(0));
    push(stream.subarray(0, 3));
    push(Buffer.alloc(0));
    push(stream.subarray(3));
    expect(frames).toEqual(expected);
  });

  it("takes a payload of exactly the limit", () => {
    const { push, frames } = listingReader(5);
    push(textFrame(frameKind.text, "first"));
    expect(frames).toEqual([[frameKind.text, "first"]]);
  });

  it.each([6, 0x47455420, 0xffffffff])(
    "refuses a length of %d over the limit from the header alone",
    (length) => {
      const { push, frames } = listingReader(5);
      const error = thrown(() => push(header(length, frameKind.v8)));
      expect(error.code).toBe("ERR_MESSAGE_TOO_LARGE");
      expect(error.message).toContain(`${length} bytes; 5 are allowed`);
      expect(frames).toEqual([]);
    },
  );

  it("refuses a length over the limit also when the header comes in pieces", () => {
    const { push } = listingReader(5);
    const bytes = header(6, frameKind.v8);
    for (let i = 0; i < 4; i++) push(bytes.subarray(i, i + 1));
    expect(thrown(() => push(bytes.subarray(4))).code).toBe("ERR_MESSAGE_TOO_LARGE");
  });

  it("hands over what came before a frame that it refuses", () => {
    const { push, frames } = listingReader(5);
    thrown(() => push(Buffer.concat([textFrame(frameKind.text, "ok"), header(6, frameKind.v8)])));
    expect(frames).toEqual([[frameKind.text, "ok"]]);
  });

  it.each([5, 6, 0x20, 0xff])("refuses the unknown kind %d from the header alone", (kind) => {
    const { push, frames } = listingReader();
    expect(thrown(() => push(header(1, kind)))).toMatchObject({ code: "ERR_PROTOCOL" });
    expect(frames).toEqual([]);
  });

  it("refuses HTTP at its fifth byte", () => {
    const { push } = listingReader();
    push(Buffer.from("GET "));
    expect(thrown(() => push(Buffer.from("/")))).toMatchObject({ code: "ERR_PROTOCOL" });
  });

  it("holds a new limit from the next frame on, in the same chunk", () => {
    const frames: Received[] = [];
    const reader = frameReader(2, (kind, payload) => {
      frames.push([kind, payload.toString()]);
      reader.limit(8);
    });
    reader.push(Buffer.concat([textFrame(0, "ab"), textFrame(2, "12345678")]));
    expect(frames).toEqual([
      [0, "ab"],
      [2, "12345678"],
    ]);
    expect(thrown(() => reader.push(header(9, 2))).code).toBe("ERR_MESSAGE_TOO_LARGE");
  });
});
