import { serialize } from "node:v8";
import { describe, expect, it } from "vitest";
import { kinds } from "../../src/rpc/frames.js";
import { frameKind } from "../../src/transports/process/frames.js";
import { rejection } from "../support/load.js";
import { attackedHost, attackedPlugin, bounds, wirePairs } from "../support/raw-session.js";

const socketPair = wirePairs.socket as NonNullable<(typeof wirePairs)[string]>;
const limits = { ...bounds, maxMessageBytes: 1_048_576 };

/** A frame that says what it likes of its length. */
function frame(kind: number, payload: Buffer | string, length = Buffer.byteLength(payload)): Buffer {
  const header = Buffer.alloc(5);
  header.writeUInt32BE(length);
  header[4] = kind;
  return Buffer.concat([header, Buffer.from(payload)]);
}

const batch = [[1, kinds.result, 1, "answer"]];
const nested = (depth: number) => `${"[".repeat(depth)}${"]".repeat(depth)}`;
/** Arrays within arrays, in V8's format, which a serializer would not write. */
const nestedV8 = (depth: number) =>
  Buffer.concat([
    Buffer.from([0xff, 0x0f]),
    Buffer.from("A\u0001".repeat(depth)),
    Buffer.alloc(depth * 3, "$\0\u0001"),
  ]);

describe("bytes of a hostile peer, on a socket", () => {
  it.each<[string, string, Buffer]>([
    ["ERR_MESSAGE_TOO_LARGE", "a length over the limit", frame(frameKind.v8, "", limits.maxMessageBytes + 1)],
    ["ERR_MESSAGE_TOO_LARGE", "the greatest length there is", frame(frameKind.json, "", 0xffff_ffff)],
    ["ERR_PROTOCOL", "a kind there is not", frame(5, "[]")],
    ["ERR_PROTOCOL", "more bytes in it than it has", frame(frameKind.withBytes, "\0\0\0\u0009[]")],
    ["ERR_PROTOCOL", "bytes that no value takes", frame(frameKind.withBytes, "\0\0\0\u0002\0\0\0\0[]ab")],
    ["ERR_PROTOCOL", "text after the handshake", frame(frameKind.text, "0".repeat(32))],
    ["ERR_PROTOCOL", "no payload", frame(frameKind.json, "")],
    ["ERR_PROTOCOL", "half a message as a whole one", frame(frameKind.v8, serialize(batch).subarray(0, -3))],
    ["ERR_PROTOCOL", "a shorter length than its message", frame(frameKind.json, JSON.stringify(batch), 4)],
    ["ERR_PROTOCOL", "V8's format that says it is JSON", frame(frameKind.json, serialize(batch))],
    ["ERR_PROTOCOL", "JSON that says it is V8's format", frame(frameKind.v8, JSON.stringify(batch))],
    ["ERR_PROTOCOL", "no batch", frame(frameKind.json, '{"length":1}')],
    ["ERR_PROTOCOL", "lists in lists instead of a frame", frame(frameKind.json, nested(500_000))],
    ["ERR_PROTOCOL", "lists in lists in V8's format", frame(frameKind.v8, nestedV8(200_000))],
    [
      "ERR_PROTOCOL",
      "an own property __proto__ for a frame",
      frame(frameKind.json, '[{"__proto__":[1,1,1,1]}]'),
    ],
    ["ERR_PROTOCOL", "another protocol", Buffer.from("GET / HTTP/1.1\r\n\r\n")],
  ])("end the session with %s: %s", async (code, _what, bytes) => {
    const { session, plugin, end } = await attackedHost(socketPair, limits);
    const inFlight = rejection(session.call("it.call", []));
    await plugin.nextCall();
    plugin.socket?.write(bytes);
    expect(await end).toMatchObject({ how: "failed", error: { code } });
    expect(await inFlight).toMatchObject({ code });
  });

  it("are kept up to the limit while a frame is not whole, and the session goes on", async () => {
    const { session, plugin } = await attackedHost(socketPair, limits);
    const answer = session.call("it.call", []);
    const [, , id] = await plugin.nextCall();
    const bytes = frame(frameKind.json, JSON.stringify([[1, kinds.result, id, "late"]]));
    for (const byte of bytes) {
      plugin.socket?.write(Buffer.from([byte]));
      await plugin.written();
    }
    expect(await answer).toBe("late");
    // Half a frame, then silence: a deadline frees the caller, as it does when the plugin is just slow.
    plugin.socket?.write(bytes.subarray(0, 9));
    const silent = await rejection(session.call("it.call", [], { timeoutMs: 50 }));
    expect(silent).toMatchObject({ code: "ERR_CALL_TIMEOUT" });
    session.end();
  });

  it("may be a million messages of nothing", async () => {
    const { session, plugin } = await attackedHost(socketPair, limits);
    const answer = session.call("it.call", []);
    await plugin.nextCall();
    const nothing = Buffer.concat(Array.from({ length: 10_000 }, () => frame(frameKind.json, "[]")));
    for (let i = 0; i < 100; i++) {
      plugin.socket?.write(nothing);
      await plugin.written();
    }
    plugin.send([1, kinds.result, 1, "after all"]);
    expect(await answer).toBe("after all");
  });

  it("nest as deep as they like inside a value, which nobody walks", async () => {
    const { session, plugin } = await attackedHost(socketPair, limits);
    const answer = session.call("it.call", []);
    await plugin.nextCall();
    plugin.socket?.write(frame(frameKind.json, `[[1,1,1,${nested(400_000)}]]`));
    const value = await answer;
    // To send it on is refused, by its depth.
    expect(await rejection(session.call("it.call", [value]))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
  });
});

for (const [name, pair] of Object.entries(wirePairs)) {
  describe(`more than a session carries, over a ${name}`, () => {
    it("is more live values than maxChannels: the session ends", async () => {
      const { session, plugin, end } = await attackedHost(pair, { ...limits, maxChannels: 10 });
      const inFlight = rejection(session.call("it.call", []));
      await plugin.nextCall();
      const patches = Array.from({ length: 11 }, (_, i) => [[String(i)], "function", 3 + 2 * i]);
      plugin.send([1, kinds.result, 1, Array(11).fill(null), patches]);
      expect(await end).toMatchObject({ how: "failed", error: { code: "ERR_PROTOCOL" } });
      await inFlight;
      expect(session.liveChannels).toBe(0);
    });

    it("is more than 1024 arguments: the call fails alone, on this side", async () => {
      const { session, plugin } = await attackedHost(pair, limits);
      const many = await rejection(session.call("it.call", Array(1_025).fill(0)));
      expect(many).toMatchObject({
        code: "ERR_MESSAGE_TOO_LARGE",
        message: expect.stringContaining("1024 arguments"),
      });
      const answer = session.call("it.call", Array(1_024).fill(0));
      const [, , id] = await plugin.nextCall();
      plugin.send([1, kinds.result, id, "taken"]);
      expect(await answer).toBe("taken");
    });

    it("is a name of more than 1024 characters: it is unknown, and is not sent", async () => {
      const it = { take: (object: Record<string, () => Promise<unknown>>) => object["x".repeat(1_025)]?.() };
      const { host } = await attackedPlugin(pair, { it });
      host.send([1, kinds.call, 1, "it.take", [null], [[["0"], "proxy", 2, ["method"]]]]);
      expect(await host.hear((frame) => frame[2] === 1)).toMatchObject([
        1,
        kinds.error,
        1,
        { props: { code: "ERR_UNKNOWN_METHOD" } },
      ]);
      expect(host.heard.filter((frame) => frame[1] === kinds.call)).toEqual([]);
    });
  });
}
