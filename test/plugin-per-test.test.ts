import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root } from "./support/modules.js";

const vitest = join(root, "node_modules/vitest/vitest.mjs");
const config = join(root, "examples/plugin-per-test/vitest.config.js");

describe("the example of a plugin per test", () => {
  it.each(["forks", "threads"])("passes in Vitest's %s, and its runner ends by itself", async (pool) => {
    const args = [vitest, "run", "--config", config, "--pool", pool, "--reporter", "verbose"];
    // Of the outer runner's variables some would make the inner one believe that it is a worker.
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(VITEST|TINYPOOL)/.test(name)),
    );
    const { stdout } = await promisify(execFile)(process.execPath, args, {
      env: { ...env, EXAMPLE_TESTS: "6", NO_COLOR: "1", PORTCALL_TRANSPORT: "" },
    });
    expect(stdout).toContain("sells out of 6 pears");
    expect(stdout).toMatch(/Tests +6 passed/);
  });
});
