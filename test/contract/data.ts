import { deepStrictEqual } from "node:assert";
import { proxy, transfer } from "portcall";
import { describe, expect, it } from "vitest";
import { buffers, cloneable } from "../fixtures/values/cloneable.js";
import { refused } from "../fixtures/values/refused.js";
import { type MakeTransport, rejection, reusing } from "../support/load.js";

interface Mirror {
  mirror: {
    echo<T>(value: T): Promise<T>;
    count(...values: unknown[]): number;
    make(title: string): unknown;
    check(title: string, value: unknown): void;
    refused(at: number): unknown;
    keep(value: unknown): void;
    kept(): unknown;
    bufferLength(view: ArrayBufferView): number;
    small(): Buffer;
    transferred(bytes: number): Buffer;
    keptLength(): number;
  };
}

/** What arrives: what structured clone makes of a value, on every transport. */
export function dataContract(transport: MakeTransport): void {
  const loaded = reusing<Mirror>("mirror.js", transport);

  describe("data", () => {
    const mirror = async () => (await loaded()).components.mirror;

    it("carries what structured clone knows, there and back", async () => {
      const { check, make, echo } = await mirror();
      for (const [title, value] of cloneable) {
        await named(title, check(title, value()));
        const expected = structuredClone(value());
        await named(
          title,
          make(title).then((made) => deepStrictEqual(made, expected)),
        );
        await named(
          title,
          echo([value()]).then((echoed) => deepStrictEqual(echoed, [expected])),
        );
      }
    });

    it("carries an invalid date", async () => {
      const { echo } = await mirror();
      expect((await echo(new Date(Number.NaN))).getTime()).toBeNaN();
    });

    it("carries Buffers as Buffers", async () => {
      const { check, make, echo } = await mirror();
      for (const [title, value] of buffers) {
        await named(title, check(title, value()));
        await named(
          title,
          make(title).then((made) => deepStrictEqual(made, value())),
        );
        await named(
          title,
          echo({ in: value() }).then((echoed) => deepStrictEqual(echoed, { in: value() })),
        );
      }
    });

    it("keeps what stands in several places one thing", async () => {
      const { echo } = await mirror();
      const buffer = Buffer.from("ab");
      const large = new Uint8Array(100_000);
      const error = new Error("one");
      const [part, list] = [{ n: 1 }, [1]];
      const value = { part, list, buffer, large, error, again: [part, list, buffer, large, error] };
      const echoed = await echo(value);
      const { again, ...once } = echoed;
      expect(again.every((item, i) => item === Object.values(once)[i])).toBe(true);
    });

    it("carries long lists as it does short ones, with what is alive in them or behind a Proxy", async () => {
      const { echo } = await mirror();
      for (const length of [20, 2_000]) {
        const list = () => Array<unknown>(length).fill(1);
        const members = { callback: () => 1, bytes: Buffer.from("a"), error: new RangeError("b") };
        const echoed = await echo(Object.assign(list(), members));
        expect(echoed.callback).toBe(members.callback);
        expect([echoed.bytes, echoed.error]).toStrictEqual([members.bytes, members.error]);
        expect(await echo(new Proxy(list(), {}))).toStrictEqual(list());
        expect(await rejection(echo(Object.assign(list(), { at: Symbol("s") })))).toMatchObject({
          code: "ERR_UNSERIALIZABLE",
          message: expect.stringContaining("args[0].at is a symbol"),
        });
      }
    });

    it("refuses what no wire carries as an argument, naming its path", async () => {
      const { echo, count } = await mirror();
      for (const [name, value] of refused) {
        const error = await rejection(echo({ items: [0, 1, 2, { handle: value() }] }));
        expect(error).toMatchObject({
          code: "ERR_UNSERIALIZABLE",
          message: expect.stringContaining(`args[0].items[3].handle is ${name}`),
        });
      }
      expect(await rejection(echo(new Map([[1, { a: Symbol("s") }]])))).toMatchObject({
        message: expect.stringContaining("args[0][entry 0, value].a is a symbol"),
      });
      expect(await rejection(count(1, { "a b": [Symbol("s")] }))).toMatchObject({
        message: expect.stringContaining('args[1]["a b"][0] is a symbol'),
      });
    });

    it("refuses what no wire carries as a result, naming its path", async () => {
      const plugin = await mirror();
      for (const [at, [name]] of refused.entries()) {
        expect(await rejection(plugin.refused(at))).toMatchObject({
          code: "ERR_UNSERIALIZABLE",
          message: expect.stringContaining(`result.items[3].handle is ${name}`),
        });
      }
    });

    it("refuses values that are nested too deep", async () => {
      const { echo } = await mirror();
      let value: unknown = {};
      for (let i = 0; i < 100_000; i++) value = i % 2 === 0 ? [value] : { value };
      expect(await rejection(echo(value))).toMatchObject({
        code: "ERR_UNSERIALIZABLE",
        message: expect.stringContaining("512 levels"),
      });
    });

    it("rejects a call with what a getter in its arguments throws", async () => {
      const { echo, count } = await mirror();
      const broken = {
        get value(): never {
          throw new RangeError("no value");
        },
      };
      expect(await rejection(echo(broken))).toMatchObject({ name: "RangeError", message: "no value" });
      expect(await count(1, 2)).toBe(2);
    });

    it("sends arguments as they are at the moment of the call", async () => {
      const { echo, count } = await mirror();
      const object = { list: [1], map: new Map([[1, 2]]), bytes: new Uint8Array([1]), nested: { a: 1 } };
      const [long, large] = [Array(5_000).fill(1), Buffer.alloc(100_000)];
      const before = structuredClone(object);
      const echoed = [echo(object), echo(long), echo(large), count()] as const;
      object.list.push(2);
      object.map.clear();
      object.bytes[0] = 9;
      object.nested.a = 2;
      long[0] = 2;
      large[0] = 2;
      expect(await echoed[0]).toStrictEqual(before);
      expect((await echoed[1])[0]).toBe(1);
      expect((await echoed[2])[0]).toBe(0);
    });

    it("does not take a Buffer's pool along", async () => {
      const { bufferLength, small, echo } = await mirror();
      expect(await bufferLength(Buffer.from("ab"))).toBe(2);
      expect(await bufferLength(Buffer.alloc(200_000).subarray(5, 100_005))).toBe(100_000);
      expect((await small()).buffer.byteLength).toBe(2);
      const [inMap] = (await echo(new Map([[1, Buffer.from("abc")]]))).values();
      expect(inMap?.buffer.byteLength).toBe(3);
    });

    it("carries a part of a large buffer as it was when it was sent, and nothing of the rest", async () => {
      const { echo, bufferLength } = await mirror();
      for (const view of [Buffer, Uint8Array]) {
        const part = () => view.from(new Uint8Array(300_000).fill(7)).subarray(100_000, 250_000);
        const sent = part();
        const [echoed, length] = [echo([sent, sent]), bufferLength(sent)];
        sent.fill(0);
        expect(await length).toBe(150_000);
        const [first, second] = await echoed;
        expect(first).toBe(second);
        deepStrictEqual(first, part());
        expect(first?.buffer.byteLength).toBe(150_000);
      }
    });

    it("gives large bytes a buffer of their own, which nothing beside them is in", async () => {
      const { echo, bufferLength } = await mirror();
      const views = [
        new Uint8Array(2_000_000),
        Buffer.alloc(2_000_000),
        new Float64Array(300_000),
        new DataView(new ArrayBuffer(2_000_000)),
        new Uint8Array(5_000_000).subarray(7),
      ];
      for (const view of views) {
        expect(await bufferLength(view)).toBe(view.byteLength);
        const { bytes } = await echo({ note: "a neighbour", bytes: view });
        expect([bytes.byteOffset, bytes.buffer.byteLength]).toStrictEqual([0, view.byteLength]);
      }
      const together = await echo({ views, again: views });
      expect(together.views.map(({ buffer }) => buffer.byteLength)).toStrictEqual(
        views.map(({ byteLength }) => byteLength),
      );
      expect(together.again).toBe(together.views);
    });

    it("gives each view of one buffer bytes of its own", async () => {
      const { echo } = await mirror();
      for (const size of [8, 200_000]) {
        const buffer = new ArrayBuffer(size);
        const views = { bytes: new Uint8Array(buffer), words: new Uint16Array(buffer), buffer };
        const { bytes, words, buffer: whole } = await echo(views);
        bytes[0] = 1;
        expect([words[0], new Uint8Array(whole)[0]]).toStrictEqual([0, 0]);
        expect([words.byteLength, whole.byteLength]).toStrictEqual([size, size]);
      }
    });
  });

  describe("transfer()", () => {
    const mirror = async () => (await loaded()).components.mirror;

    it("detaches what it moves, once the call is made", async () => {
      const { echo } = await mirror();
      for (const size of [16, 200_000]) {
        const buffers = [
          new ArrayBuffer(size),
          new Uint8Array(size),
          Buffer.from(new ArrayBuffer(size)),
        ] as const;
        for (const moved of buffers) {
          const call = echo(transfer(moved));
          expect(moved.byteLength).toBe(0);
          const echoed = await call;
          expect(echoed.byteLength).toBe(size);
          expect(echoed.constructor).toBe(moved.constructor);
        }
      }
    });

    it("moves the buffers that it is given, wherever they stand", async () => {
      const { echo } = await mirror();
      const [one, two] = [new Uint8Array([1]), new ArrayBuffer(2)];
      const echoed = await echo(transfer({ deep: [one, { two }], again: one }, [one, two]));
      expect([one.byteLength, two.byteLength]).toStrictEqual([0, 0]);
      expect(echoed).toMatchObject({ deep: [new Uint8Array([1]), { two: new ArrayBuffer(2) }] });
      expect(echoed.again).toBe(echoed.deep[0]);
    });

    it("moves a result", async () => {
      const plugin = await mirror();
      expect((await plugin.transferred(100_000)).equals(Buffer.alloc(100_000, 3))).toBe(true);
      expect(await plugin.keptLength()).toBe(0);
    });

    it("refuses what has no bytes: ERR_OPTION, as proxy() does what is no object", () => {
      const option = expect.objectContaining({ code: "ERR_OPTION" });
      for (const value of ["x", 5, null, undefined, {}, { bytes: new Uint8Array(1) }, [new Uint8Array(1)]]) {
        expect(() => transfer(value)).toThrow(option);
        expect(() => transfer({}, [value] as never)).toThrow(option);
        expect(() => transfer({}, 5 as never)).toThrow(option);
      }
      for (const value of ["x", 5, null, undefined, true])
        expect(() => proxy(value as never)).toThrow(option);
    });

    it("copies a part of a larger buffer, whose neighbours survive", async () => {
      const { echo } = await mirror();
      const [small, neighbour] = [Buffer.from("ab"), Buffer.from("cd")];
      expect(await echo(transfer(small))).toStrictEqual(Buffer.from("ab"));
      // Nothing is left of the mark, either.
      await echo(small.buffer);
      expect([small.toString(), neighbour.toString()]).toStrictEqual(["ab", "cd"]);
    });

    it("moves once: what is sent later is copied", async () => {
      const { echo } = await mirror();
      const bytes = new Uint8Array([1, 2]);
      const back = await echo(transfer(bytes));
      await echo(back);
      expect(back.byteLength).toBe(2);
      expect(await rejection(echo(bytes))).toMatchObject({
        code: "ERR_UNSERIALIZABLE",
        message: expect.stringContaining("args[0] is a detached ArrayBuffer"),
      });
    });
  });
}

/** Says which of many values did not arrive. */
async function named(title: string, checked: Promise<unknown>): Promise<void> {
  await checked.catch((error: Error) => {
    throw new Error(`${title}: ${error.message}`, { cause: error });
  });
}
