import type { PluginClient } from "portcall";
import { type CheckParityOptions, checkParity, type ParityReport } from "portcall/testing";
import { describe, expect, it } from "vitest";
import { parityDifferences } from "../../src/testing/parity/differences.js";
import type { ParityRun } from "../../src/testing/parity/run.js";
import { fixture, rejection } from "../support/load.js";
import { isAlive } from "../support/processes.js";

interface Plugin {
  alike: {
    ids(): Record<string, unknown>;
    words(): string;
    print(): void;
    fail(): never;
    chdir(): void;
    crash(): void;
    exit(code: number): never;
  };
  differing: { mode(): object; print(): void; warn(): void; fail(): never; exit(): never };
}

const file = fixture("parity-differs.js");
const both: CheckParityOptions = { transports: ["process", "thread"] };

/** A run in which nothing was said. */
const quietRun = {
  transport: "process",
  id: "pid 1",
  stdout: "",
  stderr: "",
  exit: { how: "exited", code: 0 },
};

const check = (
  exercise: (plugin: PluginClient<Plugin>) => unknown,
  options?: CheckParityOptions,
): Promise<ParityReport> => checkParity<Plugin>(file, exercise, options);

describe("checkParity()", () => {
  it("finds nothing on any transport in a plugin that keeps to parity, whatever ids, ports and times it tells", async () => {
    const report = await check(async ({ components: { alike } }) => {
      const error = await rejection(alike.fail());
      const refused = await rejection(alike.chdir());
      await alike.print();
      return {
        ids: await alike.ids(),
        words: await alike.words(),
        error,
        refused,
        map: new Map([[1, error]]),
      };
    });
    expect(report.differences).toEqual([]);
    expect(String(report)).toBe("thread, warm-process, warm-thread: no difference from process.");
    expect(report.runs.map(({ transport, id }) => `${transport}: ${id?.replace(/\d+/, "")}`)).toEqual([
      "process: pid ",
      "thread: thread ",
      "warm-process: pid ",
      "warm-thread: thread ",
    ]);
    for (const { outcome, stdout, stderr, exit } of report.runs) {
      expect(outcome).toMatchObject({ how: "returned", result: { refused: { code: "ERR_PARITY" } } });
      expect(stdout).toMatch(/^printed by \d+\n$/);
      expect(stderr).toContain("warned by both");
      expect(exit).toMatchObject({ how: "killed", forced: false });
    }
  });

  it("finds a result, a line on stdout and one on stderr that differ, and says so", async () => {
    const report = await check(async ({ components: { differing } }) => {
      await differing.print();
      await differing.warn();
      return differing.mode();
    }, both);
    const [result, stdout, stderr] = report.differences;
    expect(report.differences).toHaveLength(3);
    expect(result).toEqual({
      what: "result",
      transport: "thread",
      expected: { in: ["a process"] },
      actual: { in: ["a thread"] },
    });
    expect(stdout).toMatchObject({ what: "stdout", expected: "a process\n", actual: "a thread\n" });
    expect(stderr).toMatchObject({ what: "stderr", actual: expect.stringMatching(/\na thread\n$/) });
    expect(String(report)).toMatch(
      /^thread differs from process in its result:\n {2}process: \{ in: \[ 'a process' \] \}\n {2}thread: \{ in: \[ 'a thread' \] \}\n/,
    );
  });

  it.each([
    ["a named member of a list", Object.assign([1], { named: 1 }), [1]],
    ["a hole, which is no undefined", new Array(1), [undefined]],
    ["a member named __proto__", JSON.parse('{ "__proto__": 1 }'), JSON.parse('{ "__proto__": 2 }')],
    ["the lengths of long empty lists", new Array(2 ** 32 - 1), new Array(2 ** 32 - 2)],
  ])("finds %s", (_what, expected, actual) => {
    const runs = [expected, actual].map((result) => ({ ...quietRun, outcome: { how: "returned", result } }));
    const same = (text: string) => text;
    expect(parityDifferences(runs as ParityRun[], same)).toHaveLength(1);
    expect(parityDifferences([runs[0], runs[0]] as ParityRun[], same)).toEqual([]);
  });

  it("finds an error and an end that differ", async () => {
    const report = await check(async (plugin) => {
      await plugin.components.differing.exit().catch(() => {});
      await plugin.exited;
      throw Object.assign(new RangeError(`thrown by ${(await plugin.exited).how}`), {
        code: plugin.constructor.name,
      });
    }, both);
    expect(report.differences).toEqual([
      {
        what: "exit",
        transport: "thread",
        expected: { how: "exited", code: 3 },
        actual: { how: "exited", code: 4 },
      },
    ]);
    const failing = await check(({ components }) => components.differing.fail(), both);
    expect(failing.differences).toEqual([
      {
        what: "error",
        transport: "thread",
        expected: { name: "Error", code: "ERR_PROCESS", message: "failed" },
        actual: { name: "Error", code: "ERR_THREAD", message: "failed" },
      },
    ]);
  });

  it("finds an error where the other run has a result, as what one mode alone can do under loose parity", async () => {
    const { differences } = await check(({ components }) => components.alike.chdir(), {
      ...both,
      parity: "loose",
    });
    expect(differences).toEqual([
      {
        what: "error",
        transport: "thread",
        expected: undefined,
        actual: expect.objectContaining({ code: "ERR_WORKER_UNSUPPORTED_OPERATION" }),
      },
    ]);
  });

  it("takes a crash for the same in both, in a call and before the plugin serves", async () => {
    const report = await check(async ({ components, exited }) => {
      await components.alike.crash().catch(() => {});
      return (await exited).how;
    }, both);
    expect(report.differences).toEqual([]);
    expect(report.runs.map(({ outcome }) => outcome)).toEqual(
      Array(2).fill({ how: "returned", result: "crashed" }),
    );
    const early = await check(() => "not run", { ...both, args: ["crashes"] });
    expect(early.differences).toEqual([]);
    for (const { outcome, exit } of early.runs) {
      expect(outcome).toMatchObject({ how: "threw", error: { code: "ERR_EXITED_BEFORE_ANNOUNCE" } });
      expect(exit).toMatchObject({ how: "crashed", error: { name: "TypeError" } });
    }
  });

  it("masks what the caller says, and leaves no plugin behind where the exercise throws", async () => {
    const mask = (text: string) => text.replace(/a (process|thread)/, "<mode>");
    const pids: number[] = [];
    const { differences } = await check(
      async ({ components }) => {
        pids.push((await components.alike.ids()).pid as number);
        await components.differing.print();
        throw new Error(`in ${JSON.stringify(await components.differing.mode())}`);
      },
      { ...both, mask },
    );
    expect(differences).toEqual([]);
    expect(isAlive(pids[0] as number)).toBe(false);
  });

  it("refuses what is no check, before anything starts", async () => {
    const refused = (exercise: unknown, options: unknown) =>
      rejection(checkParity(file, exercise as () => unknown, options as CheckParityOptions));
    const run = () => {};
    for (const [exercise, options] of [
      [undefined, {}],
      [run, null],
      [run, { transports: [] }],
      [run, { transports: ["process"] }],
      [run, { transports: ["process", "process"] }],
      [run, { transports: ["process", "fork"] }],
      [run, { transports: "process" }],
      [run, { mask: "x" }],
      [run, { transport: "x" }],
      [run, { stdout: process.stdout }],
      [run, { parity: "strictly" }],
      [run, { maxChannel: 5 }],
    ]) {
      expect(await refused(exercise, options)).toMatchObject({ name: "PluginError", code: "ERR_OPTION" });
    }
    expect(await rejection(checkParity(fixture("there-is-none.js"), run, both))).toMatchObject({
      code: "ERR_SPAWN",
    });
    expect(await rejection(checkParity({ command: "true" }, run, both))).toMatchObject({
      code: "ERR_PARITY",
    });
  });
});
