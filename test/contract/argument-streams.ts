import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/until.js";
import { collect, type Streamer } from "./streams.js";

/** The same as for streams in results, the other way round: the plugin reads what the host produces. */
export function argumentStreamsContract(transport: MakeTransport): void {
  const loaded = reusing<Streamer>("streamer.js", transport);
  const streamer = async () => {
    const plugin = await loaded();
    return [plugin.components.streamer, () => plugin.diagnostics().liveChannels, plugin] as const;
  };

  describe("streams in arguments", () => {
    it("are read to their end, whatever kind of async iterable they are", async () => {
      const [{ sum, kind }, live] = await streamer();
      expect(await sum(producer(1_000).numbers)).toBe(499_500);
      expect(await sum(Readable.from([1, 2, 3]))).toBe(6);
      expect(await sum(ReadableStream.from([1, 2, 3]))).toBe(6);
      expect(await sum(ownIterable([4, 5]))).toBe(9);
      expect(await kind(ReadableStream.from([1]))).toBe("[object ReadableStream]");
      expect(live()).toBe(0);
    });

    it("are not begun before they are read, and end unread with their call", async () => {
      const [{ ignores, sum }, live] = await streamer();
      const { numbers, log } = producer(5);
      await ignores({ deep: [numbers] });
      expect([log, live()]).toStrictEqual([[], 0]);
      let cancelled = false;
      const cancel = () => {
        cancelled = true;
      };
      const stream = new ReadableStream({ cancel }, { highWaterMark: 0 });
      await ignores(stream);
      expect(cancelled).toBe(true);
      const ofNode = Readable.from([1]);
      await ignores(ofNode);
      expect(ofNode.destroyed).toBe(true);
      const locked = ReadableStream.from([1]);
      locked.getReader();
      expect(await rejection(sum(locked))).toMatchObject({
        code: "ERR_UNSERIALIZABLE",
        message: expect.stringContaining("args[0] is locked by another reader"),
      });
    });

    it("are left alone where their call is refused", async () => {
      const [{ ignores }, live] = await streamer();
      const stream = ReadableStream.from([1, 2]);
      expect(await rejection(ignores([stream, Symbol("s")]))).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      expect([stream.locked, live()]).toStrictEqual([false, 0]);
      expect(await collect(stream)).toStrictEqual([1, 2]);
    });

    it("run the host's finally when the plugin breaks or throws", async () => {
      const [{ first, readThenThrow }, live] = await streamer();
      const broken = producer(1_000_000);
      expect(await first(broken.numbers, 3)).toStrictEqual([0, 1, 2]);
      expect(broken.log.at(-1)).toBe("finally");
      const thrown = producer(1_000_000);
      expect(await rejection(readThenThrow(thrown.numbers))).toMatchObject({ message: "no use for 0" });
      expect(thrown.log.at(-1)).toBe("finally");
      expect(live()).toBe(0);
    });

    it("run the host's finally when their call ends before they do", async () => {
      const [{ sleepsOver }, live] = await streamer();
      const { numbers, log } = producer(1_000_000);
      expect(await sleepsOver(numbers, 0)).toBe(0);
      await until(() => log.at(-1) === "finally");
      expect(live()).toBe(0);
    });

    it("run the host's finally when their call is aborted or its plugin dies", async () => {
      const [{ sleepsOver }, live, plugin] = await streamer();
      const controller = new AbortController();
      const aborted = producer(1_000_000);
      const call = plugin.with({ signal: controller.signal }).streamer.sleepsOver(aborted.numbers, 600_000);
      await until(() => aborted.log.length > 0);
      controller.abort();
      expect(await rejection(call)).toMatchObject({ code: "ERR_ABORTED" });
      await until(() => aborted.log.at(-1) === "finally");
      const orphaned = producer(1_000_000);
      const dying = rejection(sleepsOver(orphaned.numbers, 600_000));
      await until(() => orphaned.log.length > 0);
      await plugin.kill();
      expect(await dying).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      await until(() => orphaned.log.at(-1) === "finally");
      expect(live()).toBe(0);
    });

    it("carry the host's error to the plugin, with its class and stack", async () => {
      const [{ tells, sum }, live] = await streamer();
      const failing = async function* () {
        yield 1;
        throw Object.assign(new RangeError("host broke"), { code: "E_HOST" });
      };
      expect(await tells(failing())).toMatchObject({
        name: "RangeError",
        code: "E_HOST",
        isRangeError: true,
        stack: expect.stringContaining("argument-streams.ts"),
      });
      expect(await rejection(sum(failing()))).toMatchObject({ name: "RangeError", message: "host broke" });
      const symbols = async function* () {
        yield Symbol("s");
      };
      expect(await tells(symbols())).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      expect(await tells(unopenable())).toMatchObject({ name: "TypeError" });
      expect(live()).toBe(0);
    });

    it("stop the host's producer when the plugin does not read", async () => {
      const [{ sleepsOver }] = await streamer();
      const { numbers, log } = producer(1_000_000);
      await sleepsOver(numbers, 100);
      expect(log.length).toBeLessThanOrEqual(1 + 64 + 2);
    });

    it("are answered by streams, and end with them", async () => {
      const [{ doubled }, live] = await streamer();
      const whole = producer(200);
      expect((await collect(await doubled(whole.numbers))).at(-1)).toBe(398);
      const broken = producer(1_000_000);
      for await (const n of await doubled(broken.numbers)) if (n === 4) break;
      await until(() => broken.log.at(-1) === "finally");
      await until(() => live() === 0);
    });
  });
}

function producer(count: number): { numbers: AsyncGenerator<number>; log: (number | string)[] } {
  const log: (number | string)[] = [];
  const produce = async function* () {
    try {
      for (let n = 0; n < count; n++) {
        log.push(n);
        yield n;
      }
    } finally {
      log.push("finally");
    }
  };
  return { numbers: produce(), log };
}

/** Has no `return`, and answers without a promise. */
function ownIterable(numbers: number[]): AsyncIterable<number> {
  const left = [...numbers];
  const next = () => ({ done: left.length === 0, value: left.shift() });
  return { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<number>;
}

function unopenable(): AsyncIterable<number> {
  return {
    [Symbol.asyncIterator]: () => {
      throw new TypeError("cannot be read");
    },
  };
}
