import { execFile } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { threadTransport } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { confinedPlugins } from "../../support/confined.js";
import { rejection } from "../../support/load.js";

/** The lines of docs/security.md on what a thread is no boundary for. Where one fails, that page is to be changed. */
describe("a thread", () => {
  const plugins = confinedPlugins(() => threadTransport());

  it("can end its host by one allocation, whatever its limits are", async () => {
    const host = fileURLToPath(new URL("../../fixtures/hosts/thread-allocates.js", import.meta.url));
    const { signal, stdout, stderr } = await new Promise<Record<string, unknown>>((resolve) => {
      execFile(process.execPath, [host, plugins.tree.plugin], (error, out, err) =>
        resolve({ signal: error?.signal, stdout: out, stderr: err }),
      );
    });
    expect({ signal, stdout }).toEqual({ signal: "SIGABRT", stdout: "loaded\n" });
    expect(stderr).toContain("JavaScript heap out of memory");
  });

  it("can read what its host has open, by number, whatever its permissions are", async () => {
    const fd = openSync(join(plugins.tree.outside, "secret.txt"), "r");
    onTestFinished(() => closeSync(fd));
    expect(await (await plugins.attempts()).readDescriptor(fd)).toBe("secret");
  });

  it.runIf(process.platform === "linux")(
    "can read the variables that its host was started with from the system, unless it has permissions",
    async () => {
      const path = "/proc/self/environ";
      const free = plugins.client({ inheritEnv: false });
      await free.start();
      expect(await free.components.attempts.read(path)).toContain("PATH=");
      expect(await rejection((await plugins.attempts()).read(path))).toMatchObject({
        code: "ERR_ACCESS_DENIED",
      });
    },
  );
});
