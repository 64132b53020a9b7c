import { execFile } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";
import { root } from "./support/modules.js";

const run = promisify(execFile);

describe("the example of the README", () => {
  it("stands there as it is run here", async () => {
    const example = await readFile(join(root, "examples/tour/main.js"), "utf8");
    expect(await readFile(join(root, "README.md"), "utf8")).toContain(example.trim());
  });

  it.each(["process", "thread"])(
    "shows a callback, a stream and a cancelled call in a %s",
    async (transport) => {
      const { stdout, stderr } = await run(process.execPath, [join(root, "examples/tour/main.js")], {
        env: { ...process.env, PORTCALL_TRANSPORT: transport },
      });
      expect(stderr).toBe("");
      expect(stdout.trim().split("\n")).toEqual([
        "step 1",
        "step 2",
        "step 3",
        "fetched in 3 steps",
        "line 1",
        "line 2",
        "line 3",
        "ERR_CALL_TIMEOUT",
      ]);
    },
  );
});
