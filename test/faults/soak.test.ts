import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const script = fileURLToPath(new URL("../soak/main.js", import.meta.url));
const flags = ["--expose-gc", "--disable-warning=ExperimentalWarning"];

function soak(...args: string[]): Promise<{ stdout: string }> {
  return promisify(execFile)(process.execPath, [...flags, script, ...args], { timeout: 55_000 });
}

describe("a soak", () => {
  it("of seconds loses nothing, leaves nobody and leaks nothing", async () => {
    const { stdout } = await soak("--minutes", "0.03", "--seed", "1");
    expect(stdout).toContain("Nothing was lost, nobody was left, nothing has leaked.");
  });

  it("finds what is planted, says what it is, and fails", async () => {
    const planted = [
      "lost call",
      "open stream",
      "wrong answer",
      "orphan",
      "open file",
      "timer",
      "kept client",
    ];
    const args = ["--minutes", "0.001", "--seed", "1", "--transports", "thread"];
    const failed = soak(...args, "--patience", "2000", "--plant", planted.join(","));
    const { code, stdout } = await failed.then(
      () => ({ code: 0, stdout: "" }),
      (error) => error,
    );
    expect(code).toBe(1);
    for (const sentence of [
      "Lost: run of the planted run, with no fault, has not settled",
      "Leak: after its calls the planted open stream shares",
      "Wrong: wrong answer of the planted wrong answer",
      "Orphans: after round 1 there are still the processes",
      "more open /dev/null: ",
      "more active Timeout: ",
      "more PluginClient objects: ",
    ]) {
      expect(stdout).toContain(sentence);
    }
  });
});
