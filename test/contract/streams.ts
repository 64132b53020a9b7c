import { setTimeout as sleep } from "node:timers/promises";
import type { PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/until.js";

export interface Streamer {
  streamer: {
    count(to: number, from?: number): AsyncGenerator<number, string>;
    log(): (number | string)[];
    produced(): number;
    fails(after: number): AsyncIterable<number>;
    failsAtItsEnd(): AsyncGenerator<number>;
    unsendable(make: "symbol" | "list" | number): AsyncIterable<unknown>;
    chunks(chunks: number, bytes: number): AsyncIterable<Buffer>;
    waits(): AsyncIterable<string>;
    sticks(): AsyncGenerator<string>;
    unstick(): void;
    two(): { left: AsyncIterable<number>; right: AsyncIterable<number> };
    nested(streams: number, items: number): AsyncIterable<{ n: number; stream: AsyncIterable<number> }>;
    contexts(): AsyncIterable<string>;
    signalled(): AsyncIterable<boolean>;
    readable(chunks: number): ReadableStream<number>;
    failingReadable(): ReadableStream<number>;
    sum(numbers: AsyncIterable<number> | ReadableStream<number>): Promise<number>;
    first(numbers: AsyncIterable<number> | ReadableStream<number>, count: number): Promise<number[]>;
    readThenThrow(numbers: AsyncIterable<number>): Promise<void>;
    tells(numbers: AsyncIterable<unknown>): Promise<unknown>;
    kind(stream: unknown): string;
    doubled(numbers: AsyncIterable<number>): AsyncIterable<number>;
    sleepsOver(numbers: AsyncIterable<number>, ms: number): Promise<number>;
    ignores(stream: unknown): string;
    ofNode(): AsyncIterable<never> & Disposable;
    dies(): AsyncIterable<number>;
    neverEnds(): AsyncIterable<number>;
  };
}

/** How values are streamed: as fast as they are read, in both directions, to an end that both sides know. */
export function streamsContract(transport: MakeTransport): void {
  const loaded = reusing<Streamer>("streamer.js", transport);
  const streamer = async (options?: PluginOptions) => {
    const plugin = await loaded(options);
    await plugin.components.streamer.log();
    const live = () => plugin.diagnostics().liveChannels;
    return [plugin.components.streamer, live, plugin] as const;
  };

  describe("streams in results", () => {
    it("deliver every item in order, and let go of their channel at the end", async () => {
      const [{ count, log }, live] = await streamer();
      expect(await collect(await count(1_000))).toStrictEqual(Array.from({ length: 1_000 }, (_, n) => n));
      expect((await log()).at(-1)).toBe("finally");
      expect(live()).toBe(0);
    });

    it("give what their generator returns, once", async () => {
      const [{ count }] = await streamer();
      const stream = (await count(1))[Symbol.asyncIterator]();
      expect(await stream.next()).toStrictEqual({ done: false, value: 0 });
      expect(await stream.next()).toStrictEqual({ done: true, value: "counted" });
      expect(await stream.next()).toStrictEqual({ done: true, value: undefined });
    });

    it("answer reads that are made before the items are there", async () => {
      const [{ count }] = await streamer();
      const stream = (await count(3))[Symbol.asyncIterator]();
      const reads = await Promise.all([
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
        stream.next(),
      ]);
      expect(reads.map(({ value }) => value)).toStrictEqual([0, 1, 2, "counted", undefined]);
    });

    it("run the producer's finally when the reader breaks, throws or returns", async () => {
      const [{ count, log }, live] = await streamer();
      for await (const n of await count(1_000_000)) if (n === 2) break;
      expect((await log()).at(-1)).toBe("finally");
      const thrown = (async () => {
        for await (const n of await count(1_000_000)) if (n === 2) throw new Error("enough");
      })();
      expect((await rejection(thrown)).message).toBe("enough");
      expect((await log()).at(-1)).toBe("finally");
      const stream = await count(1_000_000);
      await stream.next();
      expect(await stream.return("mine")).toStrictEqual({ done: true, value: "mine" });
      expect((await log()).at(-1)).toBe("finally");
      expect((await rejection(count(9).then((other) => other.throw(new Error("mine"))))).message).toBe(
        "mine",
      );
      expect(live()).toBe(0);
    });

    it("run the producer's finally when their call is aborted, whose reader learns why", async () => {
      const [{ log }, live, plugin] = await streamer();
      const controller = new AbortController();
      const reason = new Error("seen enough");
      const stream = await plugin.with({ signal: controller.signal }).streamer.count(1_000_000);
      await stream.next();
      controller.abort(reason);
      const error = await rejection(collect(stream));
      expect(error).toMatchObject({ code: "ERR_ABORTED", cause: reason });
      await until(async () => (await log()).includes("finally"));
      expect(live()).toBe(0);
    });

    it("interrupt a producer that waits, by its call's signal, when the reader leaves", async () => {
      const [{ waits, log }] = await streamer();
      for await (const _ of await waits()) break;
      expect(await log()).toStrictEqual(["finally"]);
      for await (const _ of await waits()) {
        // The producer is asked for its second item, and waits.
        await sleep(20);
        break;
      }
      expect(await log()).toStrictEqual(["finally"]);
    });

    it("let the reader go within a second or so when the producer does not", async () => {
      const [{ sticks, unstick, log }, live] = await streamer();
      for await (const _ of await sticks()) break;
      expect(live()).toBe(0);
      await unstick();
      await until(async () => (await log()).includes("finally"));
    });

    it("carry the producer's error, with its class and both stacks, behind the items before it", async () => {
      const [{ fails, failsAtItsEnd, log }] = await streamer();
      const items: number[] = [];
      const error = await rejection(
        (async () => {
          for await (const n of await fails(3)) items.push(n);
        })(),
      );
      expect(items).toStrictEqual([0, 1, 2]);
      expect(error).toMatchObject({ name: "BadStream", code: "E_STREAM" });
      expect(error.stack).toMatch(/streamer\.js:\d+/);
      const leaving = (async () => {
        for await (const _ of await failsAtItsEnd()) break;
      })();
      expect(await rejection(leaving)).toMatchObject({ message: "broken at the end" });
      expect(await log()).toStrictEqual(["finally"]);
    });

    it("fail with an item that cannot be sent, and end their producer", async () => {
      const [{ unsendable, log, kind }] = await streamer({ maxMessageBytes: 1_000_000 });
      const list = await rejection(collect(await unsendable("list")));
      expect(list).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      const symbol = await rejection(collect(await unsendable("symbol")));
      expect(symbol).toMatchObject({ code: "ERR_UNSERIALIZABLE" });
      expect(symbol.message).toContain("item.bad is a symbol");
      // Up to the last byte: whoever counts it too large, the reader is told.
      for (const length of [499_900, 499_950, 499_960, 499_970, 499_980, 500_000, 2_000_000]) {
        const outcome = await collect(await unsendable(length)).catch((error) => error.code);
        expect(outcome === "ERR_MESSAGE_TOO_LARGE" || outcome.length === 3, `${length}: ${outcome}`).toBe(
          true,
        );
      }
      expect(new Set(await log())).toStrictEqual(new Set(["finally"]));
      expect(await kind(1)).toBe("[object Number]");
    });

    it("stop a producer whose reader does not read", async () => {
      const [{ count, chunks, produced, log }] = await streamer();
      const stream = (await count(1_000_000))[Symbol.asyncIterator]();
      expect(await produced()).toBe(0);
      for (let n = 0; n < 100; n++) await stream.next();
      await until(async () => (await produced()) >= 100);
      expect(await produced()).toBeLessThanOrEqual(100 + 64 + 1);
      await log();
      const large = (await chunks(1_000, 400_000))[Symbol.asyncIterator]();
      await large.next();
      await until(async () => (await produced()) >= 2);
      expect(await produced()).toBeLessThanOrEqual(6);
    });

    it("pass chunks larger than their window", async () => {
      const [{ chunks }] = await streamer();
      const sizes = (await collect(await chunks(5, 3_000_000))).map((chunk) => [chunk.length, chunk[0]]);
      expect(sizes).toStrictEqual([0, 1, 2, 3, 4].map((n) => [3_000_000, n]));
    });

    it("are read side by side, in any order", async () => {
      const [{ two }, live] = await streamer();
      const { left, right } = await two();
      expect(await collect(right)).toStrictEqual([3, 4, 5]);
      expect(await collect(left)).toStrictEqual([0, 1, 2]);
      expect(live()).toBe(0);
    });

    it("carry streams", async () => {
      const [{ nested }, live] = await streamer();
      const sums: number[] = [];
      for await (const { stream } of await nested(20, 30)) sums.push((await collect(stream)).length);
      expect(sums).toStrictEqual(Array(20).fill(30));
      expect(live()).toBe(0);
    });

    it("run every step in the context of their call", async () => {
      const [{ contexts, signalled, log }] = await streamer();
      expect(await collect(await contexts())).toStrictEqual(["contexts", "contexts"]);
      for await (const aborted of await signalled()) {
        expect(aborted).toBe(false);
        await sleep(20);
        break;
      }
      expect(await log()).toStrictEqual(["ERR_ABORTED"]);
    });

    it("are ReadableStreams where they were", async () => {
      const [{ readable, failingReadable, log }, live] = await streamer();
      const stream = await readable(5);
      expect(stream).toBeInstanceOf(ReadableStream);
      expect(await collect(stream)).toStrictEqual([0, 1, 2, 3, 4]);
      const piped: number[] = [];
      await (await readable(5)).pipeTo(new WritableStream({ write: (chunk) => void piped.push(chunk) }));
      expect(piped).toHaveLength(5);
      await (await readable(5)).cancel();
      for await (const _ of await readable(1_000_000)) break;
      expect(await log()).toStrictEqual(["cancelled", "cancelled"]);
      expect(await rejection(collect(await failingReadable()))).toMatchObject({ name: "BadStream" });
      expect(live()).toBe(0);
    });

    it("are destroyed where they are streams of Node's that nobody reads", async () => {
      const [{ ofNode, log }, live] = await streamer();
      (await ofNode())[Symbol.dispose]();
      await until(async () => (await log()).includes("destroyed"));
      expect(live()).toBe(0);
    });

    it("fail when the plugin dies in their middle", async () => {
      const [{ dies, neverEnds }, live] = await streamer();
      const [dying, endless] = [await dies(), await neverEnds()];
      expect(await rejection(collect(dying))).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(await rejection(collect(endless))).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(live()).toBe(0);
    });

    it("fail when the plugin is killed while they are read", async () => {
      const [{ neverEnds, waits }, live, plugin] = await streamer();
      const reading = [collect(await neverEnds()), collect(await waits())].map(rejection);
      await plugin.kill();
      for (const error of await Promise.all(reading))
        expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      expect(live()).toBe(0);
    });
  });
}

export async function collect<T>(stream: AsyncIterable<T>): Promise<T[]> {
  const items: T[] = [];
  for await (const item of stream) items.push(item);
  return items;
}
