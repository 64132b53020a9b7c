import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** `LONG_TESTS=1` streams a million items, and 1 GiB. */
const isLong = process.env.LONG_TESTS === "1";
const mib = 1_048_576;

interface Streamed {
  readonly received: number;
  /** The most bytes that each side held. */
  readonly host: number;
  readonly plugin: number;
}

describe.each(["process", "thread"])("with a plugin in a %s", (transport) => {
  it.for([
    { what: "small items", items: isLong ? 1_000_000 : 100_000, bytes: 0, restEvery: 5_000, most: 24 * mib },
    { what: "chunks of 1 MiB", items: isLong ? 1_024 : 160, bytes: mib, restEvery: 8, most: 128 * mib },
  ])(
    "a stream of $items $what leaves the memory of both ends flat while its reader sleeps",
    { timeout: isLong ? 600_000 : 60_000 },
    async ({ items, bytes, restEvery, most }, { signal }) => {
      const { down, up, live } = await host("streams.js", transport, [items, bytes, restEvery], signal);
      for (const streamed of [down, up] as Streamed[]) {
        expect(streamed.received).toBe(items);
        expect(streamed.host).toBeLessThan(most);
        expect(streamed.plugin).toBeLessThan(most);
      }
      expect(live).toBe(0);
    },
  );

  it("lets go of what its host has dropped without disposing of it, and of nothing else", async ({
    signal,
  }) => {
    const said = await host("collects.js", transport, [], signal);
    expect(said).toStrictEqual({ most: 500, left: 2, sum: 2, count: 1 });
  });
});

/** What a program of test/fixtures/hosts says at its end. The signal is its test's: it ends the program with the test. */
async function host(
  program: string,
  transport: string,
  args: readonly number[],
  signal: AbortSignal,
): Promise<Record<string, unknown>> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [
      "--expose-gc",
      fileURLToPath(new URL(`fixtures/hosts/${program}`, import.meta.url)),
      ...args.map(String),
    ],
    { env: { ...process.env, PORTCALL_TRANSPORT: transport }, signal },
  );
  return JSON.parse(stdout);
}
