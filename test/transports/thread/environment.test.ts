import { mkdtempSync, rmSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { threadTransport } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { client, load, rejection } from "../../support/load.js";

interface Environment {
  environment: { cwd(): string };
}

describe("the working directory of a thread plugin", () => {
  it("cannot differ from its host's", async () => {
    for (const cwd of [tmpdir(), "/does/not/exist"]) {
      const plugin = client("environment.js", { transport: threadTransport(), cwd });
      expect(await rejection(plugin.start())).toMatchObject({
        code: "ERR_PARITY",
        message: expect.stringContaining("processTransport()"),
      });
      expect(await plugin.exited).toMatchObject({ how: "never-started" });
    }
  });

  it("may be named by a link to its host's", async () => {
    const folder = mkdtempSync(join(tmpdir(), "portcall-"));
    onTestFinished(() => rmSync(folder, { recursive: true }));
    const cwd = join(folder, "link");
    symlinkSync(process.cwd(), cwd);
    const plugin = await load<Environment>("environment.js", { transport: threadTransport(), cwd });
    expect(await plugin.components.environment.cwd()).toBe(process.cwd());
  });
});
