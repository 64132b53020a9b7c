import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { root } from "./support/modules.js";

const run = promisify(execFile);

/** A run takes a few seconds; this only bounds a failure, on a machine that is busy with the other tests. */
const runMs = 120_000;

interface Result {
  readonly rounds: number;
  readonly cases: readonly { name: string; group?: string; floor?: string; samples: number[] }[];
}

describe.each(["handshake", "calls", "payload", "pool"])("the benchmark %s", { timeout: runMs }, (name) => {
  it("measures every case in every round, each beside its floor, and prints its tables", async () => {
    const folder = await mkdtemp(join(tmpdir(), "portcall-bench-"));
    onTestFinished(() => rm(folder, { recursive: true }));
    const json = join(folder, "result.json");
    const { stdout } = await run(
      process.execPath,
      [join(root, "bench/main.js"), name, "--quick", "--json", json],
      { timeout: runMs },
    );
    const { rounds, cases }: Result = JSON.parse(await readFile(json, "utf8"));
    expect(cases.length).toBeGreaterThan(0);
    for (const { name, group, floor, samples } of cases) {
      expect(stdout).toContain(`| ${name} `);
      expect(
        samples.filter((ms) => ms > 0),
        name,
      ).toHaveLength(rounds);
      const inGroup = cases.filter((other) => other.group === group).map((other) => other.name);
      if (floor !== undefined) expect(inGroup).toContain(floor);
    }
  });
});
