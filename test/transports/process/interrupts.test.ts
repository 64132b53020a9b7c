import { processTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { keepStderr, launch } from "../../support/launch.js";
import { load } from "../../support/load.js";

interface Interrupted {
  interrupted: { count(): number; counted(count: number): Promise<number> };
}

const pidOf = (id: string) => Number(id.replace("pid ", ""));

describe("a SIGINT from outside", () => {
  it("is swallowed and counted by a plugin that waits for its host", async () => {
    const running = launch(processTransport(), "interrupted.js");
    const stderr = keepStderr(running);
    await expect.poll(stderr).toContain("Waiting for connection...");
    for (let count = 1; count <= 3; count++) {
      process.kill(pidOf(running.id), "SIGINT");
      await expect.poll(stderr).toContain(`(count: ${count}). Ignoring.`);
    }
  });

  it("is swallowed and counted by a plugin that serves, beside those of its host", async () => {
    const plugin = await load<Interrupted>("interrupted.js", { transport: processTransport() });
    const { id } = await plugin.describe();
    process.kill(pidOf(id), "SIGINT");
    expect(await plugin.components.interrupted.counted(1)).toBe(1);
    plugin.interrupt();
    expect(await plugin.components.interrupted.counted(2)).toBe(2);
    expect(plugin.hasExited).toBe(false);
  });
});
