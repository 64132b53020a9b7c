import { execFile } from "node:child_process";
import { describe, expect, it } from "vitest";
import { root } from "../support/modules.js";

/** Runs the contract suite, or one test of it, with node:test, in a process of its own: which passed, and which failed. */
async function judge(transport: string, only: string = ""): Promise<{ passed: string[]; failed: string[] }> {
  const file = "test/fixtures/suites/contract.js";
  // What the outer runner has told its workers would make the inner one one of them.
  const { NODE_TEST_CONTEXT: _, NODE_OPTIONS: __, ...env } = process.env;
  const output = await new Promise<string>((resolve, reject) => {
    const named = only === "" ? [] : [`--test-name-pattern=/^${only.replace(/[().]/g, "\\$&")}$/`];
    const args = ["--test-reporter=tap", ...named, file];
    execFile(
      process.execPath,
      args,
      { cwd: root, env: { ...env, CONTRACT_TRANSPORT: transport }, timeout: 120_000 },
      (error, stdout) => (error?.killed ? reject(error) : resolve(stdout)),
    );
  });
  const results = [...output.matchAll(/^ {8}(not ok|ok) \d+ - (?!.*# SKIP)(.*)$/gm)];
  const names = (result: string) =>
    results.filter(([, each]) => each === result).map(([, , name]) => name as string);
  return { passed: names("ok"), failed: names("not ok") };
}

describe("transportContract()", () => {
  it.each(["process", "thread"])(
    "passes in node:test on the %s transport, and the process ends by itself",
    async (transport) => {
      const { passed, failed } = await judge(transport);
      expect(failed.join("\n")).toBe("");
      expect(passed.length).toBeGreaterThanOrEqual(30);
    },
    150_000,
  );

  it.each([
    ["losesEnvironment", "has the environment that it was given, and no other"],
    ["losesArguments", "has its arguments, and its host's working directory"],
    ["ignoresStdin", "reads its stdin to the end, or does not start"],
    ["losesOutput", "arrives whole and in order, each stream by itself, before its end is told"],
    ["ignoresInterrupts", "that serves counts interrupts, and goes on"],
    ["mistakesTheEnd", "by process.exit() is told with its code"],
    ["neverForces", "by kill() is forced on a plugin that hears nothing"],
  ])(
    "fails for a transport that %s",
    async (transport, name) => {
      expect(await judge(transport, name)).toEqual({ passed: [], failed: [name] });
      expect(await judge("thread", name)).toEqual({ passed: [name], failed: [] });
    },
    150_000,
  );
});
