import type { FullRunner } from "../runner.js";
import { failureOf, type MakeTransport, textSink, withClient } from "./support.js";

/** What the wire must carry. */
export function callsContract(transport: MakeTransport, { describe, it, expect }: FullRunner): void {
  describe("a call", () => {
    it("carries what structured clone copies, Buffers as Buffers", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        const value = {
          list: [1, -0, undefined, null, "text", 10n],
          map: new Map([["key", new Set([1])]]),
          date: new Date(0),
          bytes: new Uint8Array([1, 2, 3]),
        };
        expect(await values.echo(value)).toEqual(value);
        const buffer = await values.echo(Buffer.from("bytes"));
        expect(Buffer.isBuffer(buffer) && buffer.toString()).toBe("bytes");
      }));

    it("carries a MiB and more in both directions, whole", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        const bytes = Buffer.alloc(3_000_000, "portcall ");
        expect(bytes.equals(await values.echo(bytes))).toBe(true);
      }));

    it("is answered with its own answer, however many are under way", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        const numbers = Array.from({ length: 500 }, (_, i) => i);
        expect(await Promise.all(numbers.map((number) => values.echo(number)))).toEqual(numbers);
      }));

    it("rejects with the error that the method threw", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        const error = await failureOf(values.fail("no luck"));
        expect(error instanceof RangeError).toBe(true);
        expect([error.message, error.code]).toEqual(["no luck", "E_CONTRACT"]);
      }));

    it("calls back", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        let next = 0;
        expect(await values.sum(() => ++next, 4)).toBe(10);
      }));

    it("brings a stream", () =>
      withClient("serves", { transport: transport() }, async ({ components: { values } }) => {
        const numbers: number[] = [];
        for await (const number of await values.count(50)) numbers.push(number);
        expect(numbers).toEqual(Array.from({ length: 50 }, (_, i) => i));
      }));

    it("is given up when its signal aborts, and the method hears of it", () => {
      const stderr = textSink();
      return withClient("serves", { transport: transport(), stderr }, async (client) => {
        await client.start();
        const abort = new AbortController();
        const givenUp = failureOf(client.with({ signal: abort.signal }).values.untilAborted());
        // Behind it on the wire: the method runs by now.
        await client.components.values.echo(1);
        abort.abort();
        expect((await givenUp).code).toBe("ERR_ABORTED");
        await stderr.has("aborted");
      });
    });
  });
}
