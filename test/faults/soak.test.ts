import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, it } from "vitest";

/** What is planted, and what is said of it. */
const planted: Readonly<Record<string, RegExp>> = {
  "lost call": /^Lost: run of the planted run/m,
  "open stream": /^Leak: after its calls the planted open stream shares .*"liveChannels":1/m,
  "wrong answer": /^Wrong: wrong answer of the planted wrong answer/m,
  orphan: /^Orphans: after round 1 there are still the processes \d+/m,
  "open file": /^Leak: after round 1 there are more open \/dev\/null/m,
  timer: /^Leak: after round 1 there are more active Timeout/m,
  "kept client": /^Leak: after round 1 there are more PluginClient objects/m,
};

/** Runs the soak, and resolves with what it says and its exit code. */
function soak(...args: string[]): Promise<{ code: number | string; text: string }> {
  const script = fileURLToPath(new URL("../soak/main.js", import.meta.url));
  return new Promise((resolve) => {
    execFile(process.execPath, [script, ...args], (error, stdout, stderr) => {
      resolve({ code: error?.code ?? 0, text: stdout + stderr });
    });
  });
}

describe("the soak", () => {
  it("lives through faults on every transport, says what it did, and finds nothing lost, left or leaked", async () => {
    const { code, text } = await soak("--minutes", "0.1", "--seed", "5");
    expect(text).toMatch(/\d+ lives in \d+ s/);
    expect(text).toContain("Nothing was lost, nobody was left, nothing has leaked.");
    expect(code).toBe(0);
  });

  it("finds each defect that is planted, and exits with 1", async () => {
    const { code, text } = await soak(
      ...["--minutes", "0.02", "--seed", "5", "--patience", "1500", "--transports", "thread", "--plant"],
      Object.keys(planted).join(","),
    );
    for (const [plant, found] of Object.entries(planted)) expect(text, plant).toMatch(found);
    expect(code).toBe(1);
  });

  it("refuses what it does not know", async () => {
    expect(await soak("--plant", "a rumour")).toMatchObject({ code: 2 });
    expect(await soak("--minutes", "many")).toMatchObject({ code: 2 });
  });
});
