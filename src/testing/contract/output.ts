import type { FullRunner } from "../runner.js";
import { failureOf, type MakeTransport, textSink, withClient } from "./support.js";

/** What a plugin writes. */
export function outputContract(transport: MakeTransport, { describe, it, expect }: FullRunner): void {
  const lines = 2_000;
  const text = (name: string) => Array.from({ length: lines }, (_, i) => `${name} ${i}\n`).join("");

  describe("the output of a plugin", () => {
    it("arrives whole and in order, each stream by itself, before its end is told", () => {
      const stdout = textSink();
      const stderr = textSink();
      return withClient("serves", { transport: transport(), stdout, stderr }, async (client) => {
        const { output, ends } = client.components;
        await output.write(lines);
        await failureOf(ends.exit(0));
        await client.exited;
        expect(stdout.text()).toBe(text("out"));
        expect(stderr.text().replace(/^\d{4}\/.*\n/gm, "")).toBe(text("err"));
      });
    });

    it("never blocks it, though nobody wants it", () =>
      withClient("serves", { transport: transport() }, async ({ components: { output, values } }) => {
        await output.write(20_000);
        expect(await values.echo("still here")).toBe("still here");
      }));
  });
}
