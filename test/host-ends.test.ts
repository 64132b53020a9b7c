import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const run = promisify(execFile);

/** Runs a host to its own end; a handle left open would keep it past the bound. */
async function output(name: string, flags: readonly string[] = []): Promise<string[]> {
  const script = fileURLToPath(new URL(`fixtures/hosts/${name}`, import.meta.url));
  const { stdout } = await run(process.execPath, [...flags, script], { timeout: 20_000 });
  return stdout.trim().split("\n");
}

describe("a host script", () => {
  it("that has killed its plugins ends by itself, with no handle left open", async () => {
    const lines = await output("ends.js");
    expect(lines.filter((line) => line === "killed")).toHaveLength(2);
    expect(lines.filter((line) => line === "exited 3")).toHaveLength(2);
    expect(lines.join("\n")).not.toMatch(/ProcessWrap|MessagePort|TCP|Timeout|Worker/);
  });

  it("that started nothing ends by itself", async () => {
    expect(await output("loads-nothing.js")).toEqual(["done"]);
  });

  it("that lets go of its clients when their plugins have ended holds nothing of them", async () => {
    expect(await output("forgets.js", ["--expose-gc"])).toEqual(["0"]);
  });

  it.runIf(process.platform === "linux")(
    "that kills threads while they load has none of their files open",
    async () => {
      expect(await output("gives-up.js")).toEqual(["[]"]);
    },
  );
});
