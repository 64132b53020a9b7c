import { writeFileSync } from "node:fs";
import type { PluginClient } from "portcall";
import { describe, expect, it } from "vitest";
import { temporaryPath } from "../support/files.js";
import { type MakeTransport, rejection, reusing } from "../support/load.js";
import { until } from "../support/processes.js";

export interface Loaded {
  loaded: {
    echo<T>(value: T): Promise<T>;
    bytes(count: number): Uint8Array;
    text(length: number): string;
    fail(length: number): never;
    sparse(): unknown[];
    items(sizes: number[]): AsyncIterable<Uint8Array>;
    spin(path: string): void;
    back<T>(fn: (value: T) => T | Promise<T>, value: T): Promise<T>;
    hang(): Promise<never>;
    size(value: Uint8Array | string): number;
    memory(): NodeJS.MemoryUsage;
  };
}

const mebibyte = 1_048_576;
/** PORTCALL_LOAD=full takes minutes on a busy machine. */
const much =
  process.env.PORTCALL_LOAD === "full"
    ? { results: 500, callbacks: 10_000, buffer: 64 * mebibyte }
    : { results: 50, callbacks: 1_000, buffer: 8 * mebibyte };
const maxMessageBytes = 4 * mebibyte;

/** What every transport promises of much at once, and of what is too much. */
export function loadContract(transport: MakeTransport): void {
  const start = reusing<Loaded>("loaded.js", transport);
  const isIdle = (plugin: PluginClient<Loaded>) =>
    until("nothing in flight", () => {
      const { callsInFlight, liveChannels } = plugin.diagnostics();
      return callsInFlight === 0 && liveChannels === 0;
    });

  describe("messages over maxMessageBytes", () => {
    const tooLarge = (what: string) => ({
      code: "ERR_MESSAGE_TOO_LARGE",
      message: expect.stringMatching(
        new RegExp(`${what}.*${maxMessageBytes} bytes|${what}.*${maxMessageBytes} are allowed`),
      ),
    });

    it("are refused where they are made, by what and how much they are; the session goes on", async () => {
      const plugin = await start({ maxMessageBytes });
      const { loaded } = plugin.components;
      expect(await rejection(loaded.size(new Uint8Array(5 * mebibyte)))).toMatchObject(tooLarge("args"));
      expect(await rejection(loaded.size("x".repeat(3 * mebibyte)))).toMatchObject(tooLarge("args"));
      expect(await rejection(loaded.bytes(5 * mebibyte))).toMatchObject(tooLarge("result"));
      expect(await rejection(loaded.text(3 * mebibyte))).toMatchObject(tooLarge("result"));
      const back = loaded.back(() => "x".repeat(3 * mebibyte), "");
      expect(await rejection(back)).toMatchObject(tooLarge("result"));
      const items = await loaded.items([mebibyte, 5 * mebibyte]);
      const lengths: number[] = [];
      const read = async () => {
        for await (const item of items) lengths.push(item.length);
      };
      expect(await rejection(read())).toMatchObject(tooLarge("item"));
      expect(lengths).toEqual([mebibyte]);
      expect(await rejection(loaded.fail(5 * mebibyte))).toMatchObject({
        name: "RangeError",
        code: "E_LONG",
      });
      expect(await loaded.size(new Uint8Array(3 * mebibyte))).toBe(3 * mebibyte);
      expect(await loaded.bytes(3 * mebibyte)).toHaveLength(3 * mebibyte);
      await isIdle(plugin);
    });
  });

  describe("a plugin that does not read", () => {
    it("gets no more calls than maxMessageBytes hold, all of those, and later ones again", async () => {
      const plugin = await start({ maxMessageBytes });
      const { loaded } = plugin.components;
      const path = temporaryPath();
      const spinning = loaded.spin(path);
      const sent: Promise<number>[] = [];
      let refused: unknown;
      for (let i = 0; i < 100 && refused === undefined; i++) {
        const call = loaded.size(new Uint8Array(mebibyte / 2));
        sent.push(call);
        const later = new Promise((resolve) => setImmediate(resolve, undefined));
        refused = await Promise.race([call.catch((reason: unknown) => reason), later]);
      }
      expect(refused).toMatchObject({
        code: "ERR_BACKPRESSURE",
        message: expect.stringContaining("loaded.size"),
      });
      void sent.pop();
      expect(sent.length).toBeLessThan((2 * maxMessageBytes) / (mebibyte / 2));
      expect(plugin.diagnostics().bufferedBytes).toBeLessThan(2 * maxMessageBytes);
      writeFileSync(path, "");
      await spinning;
      expect(new Set(await Promise.all(sent))).toEqual(new Set([mebibyte / 2]));
      expect(await loaded.size("goes on")).toBe(7);
      await isIdle(plugin);
    });
  });

  describe("much at once", () => {
    it("arrives whole: results of a mebibyte, all asked for in one turn, which are more than may be unread", async () => {
      const plugin = await start();
      const calls = Array.from({ length: much.results }, () => plugin.components.loaded.bytes(mebibyte));
      let bytes = 0;
      for (const call of calls) bytes += (await call).length;
      expect(bytes).toBe(much.results * mebibyte);
      await isIdle(plugin);
    });

    it("is 10 000 calls in flight, and some with a callback, a signal and a deadline each", async () => {
      const plugin = await start({ maxChannels: 20_000 });
      const numbers = Array.from({ length: 10_000 }, (_, i) => i);
      const plain = Promise.all(numbers.map((i) => plugin.components.loaded.echo(i)));
      expect(plugin.diagnostics().callsInFlight).toBe(10_000);
      expect(await plain).toEqual(numbers);
      const some = numbers.slice(0, much.callbacks);
      const gaveUp = new AbortController();
      const bound = plugin.with({ signal: gaveUp.signal, timeoutMs: 60_000 }).loaded;
      const doubled = await Promise.all(some.map((i) => bound.back((n) => n * 2, i)));
      expect(doubled).toEqual(some.map((i) => i * 2));
      const hanging = some.map(() => rejection(bound.hang()));
      gaveUp.abort();
      expect(new Set((await Promise.all(hanging)).map(({ code }) => code))).toEqual(new Set(["ERR_ABORTED"]));
      await isIdle(plugin);
    });

    it("is a large buffer, there and back", async () => {
      const plugin = await start();
      const bytes = Buffer.alloc(much.buffer, "portcall");
      const back = await plugin.components.loaded.echo(bytes);
      expect(Buffer.compare(back, bytes)).toBe(0);
      await isIdle(plugin);
    });
  });
}
