import { threadTransport } from "portcall";
import { expect, it } from "vitest";
import { processesWith } from "../../soak/inventory.js";
import { load } from "../../support/load.js";
import { until } from "../../support/until.js";

interface Spawner {
  spawner: { spawnAll(count: number): void };
}

it.runIf(process.platform === "linux")(
  "a thread that is ended while the system starts a child of its leaves none, though it could not tell of that one",
  async () => {
    const mark = `PORTCALL_SPAWNER=${process.pid}`;
    for (let round = 0; round < 10; round++) {
      const env = { PORTCALL_SPAWNER: String(process.pid) };
      const plugin = await load<Spawner>("spawner.js", { transport: threadTransport(), killGraceMs: 0, env });
      const spawning = plugin.components.spawner.spawnAll(200).catch((error) => error);
      await until(() => processesWith(mark).length > round % 4);
      await plugin.kill();
      expect(await spawning).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
      await until(() => processesWith(mark).length === 0);
    }
  },
);
