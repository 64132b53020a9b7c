import { cleanupClients } from "portcall";
import { describe, expect, it } from "vitest";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { keepingLogger } from "../support/streams.js";
import { textSink } from "../support/text-sink.js";

/** `managed: true` hands a client to `cleanupClients()`. */
export function managedContract(transport: MakeTransport): void {
  describe("cleanupClients", () => {
    it("kills every managed client, one that is starting too, and leaves the others alone", async () => {
      const stderr = textSink();
      const logger = keepingLogger();
      const managed = { transport: transport(), managed: true, logger };
      const running = await load("ender.js", managed);
      const starting = client("never-serves.js", { ...managed, stderr: stderr.stream });
      const startingNow = client("ender.js", managed);
      const own = await load("ender.js", { transport: transport() });
      const started = [rejection(starting.start()), rejection(startingNow.start())];
      await cleanupClients();
      const words = "waiting for all plugin processes to complete...";
      expect(logger.messages("debug").filter((message) => message === words)).toHaveLength(1);
      for (const plugin of [running, starting, startingNow]) {
        expect(plugin.hasExited).toBe(true);
        expect(await plugin.exited).toMatchObject({ how: "killed", forced: false });
      }
      for (const error of await Promise.all(started)) {
        expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit: { how: "killed" } });
      }
      expect(own.hasExited).toBe(false);
    });

    it("kills them in parallel: it takes no longer than the slowest may", async () => {
      const plugins = [1, 2, 3, 4].map(() => {
        const stderr = textSink();
        const plugin = client("swallows-sigterm.js", {
          transport: transport(),
          managed: true,
          killGraceMs: 500,
          stderr: stderr.stream,
        });
        return { plugin, waiting: stderr.has("waiting"), started: rejection(plugin.start()) };
      });
      await Promise.all(plugins.map(({ waiting }) => waiting));
      const since = performance.now();
      await cleanupClients();
      expect(performance.now() - since).toBeLessThan(500 + 1_000);
      for (const { plugin, started } of plugins) {
        expect(await plugin.exited).toMatchObject({ how: "killed", forced: true });
        await started;
      }
    });

    it("may be called twice, and with clients that have ended, or never started", async () => {
      const managed = { transport: transport(), managed: true };
      const never = client("ender.js", managed);
      const ended = await load("ender.js", managed);
      await ended.kill();
      await Promise.all([cleanupClients(), cleanupClients()]);
      await cleanupClients();
      expect(await never.exited).toMatchObject({ how: "never-started" });
      expect(await rejection(never.start())).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
    });
  });
}
