import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it, onTestFinished } from "vitest";
import { spareProcessesOf } from "../../support/children.js";
import { forceEnd, untilGone } from "../../support/processes.js";

const losesFolder = fileURLToPath(new URL("../../fixtures/hosts/loses-folder.js", import.meta.url));
const script = fileURLToPath(new URL("../../fixtures/hosts/warm.js", import.meta.url));

describe("a host with spares", () => {
  it("that wait ends by itself", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, "end"], { timeout: 20_000 });
    expect(stdout.trim().split("\n")).toEqual(["exited 3", "exited 3", "ready"]);
  });

  it("that it has disposed of has no handle left open", async () => {
    const { stdout } = await promisify(execFile)(process.execPath, [script, "dispose"], { timeout: 20_000 });
    expect(stdout.trim().split("\n")).toEqual(["exited 3", "exited 3", "no handles", "ready"]);
  });

  it.skipIf(process.platform === "win32")(
    "whose own folder a spare cannot find starts processes cold, where a cold start finds itself",
    async () => {
      const { stdout } = await promisify(execFile)(process.execPath, [losesFolder], { timeout: 20_000 });
      expect(stdout.trim().split("\n")).toEqual([
        "cold ENOENT",
        "cold ENOENT",
        "cold /moved, its name known elsewhere",
        "cold /replaced, its name known elsewhere",
        "warm /kept",
      ]);
    },
  );

  it.runIf(process.platform === "linux").each(["SIGKILL", "SIGTERM", "SIGINT"] as const)(
    "leaves none of them when it dies by %s",
    async (signal) => {
      const host = spawn(process.execPath, [script, "stay"], { stdio: ["ignore", "pipe", "inherit"] });
      onTestFinished(() => void host.kill("SIGKILL"));
      await once(createInterface({ input: host.stdout }), "line");
      const spares = spareProcessesOf(host.pid as number);
      onTestFinished(() => spares.forEach(forceEnd));
      expect(spares).toHaveLength(2);
      host.kill(signal);
      await once(host, "exit");
      await untilGone(spares, 2_000);
    },
  );
});
