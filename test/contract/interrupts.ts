import { describe, expect, it } from "vitest";
import { keepStderr, launch } from "../support/launch.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { keepingLogger } from "../support/streams.js";

interface Interrupted {
  interrupted: {
    count(): number;
    counted(count: number): Promise<number>;
    block(ms: number): void;
    listen(): void;
    heard(): unknown[][];
  };
}

const ignoring = /Received interrupt signal \(count: \d+\)\. Ignoring\.$/;

/** What every transport promises of interrupts. */
export function interruptsContract(transport: MakeTransport): void {
  describe("an interrupt", () => {
    it("is swallowed, counted and logged by a plugin that serves", async () => {
      const logger = keepingLogger();
      const plugin = await load<Interrupted>("interrupted.js", { transport: transport(), logger });
      expect(await plugin.components.interrupted.count()).toBe(0);
      plugin.interrupt();
      expect(await plugin.components.interrupted.counted(1)).toBe(1);
      plugin.interrupt();
      expect(await plugin.components.interrupted.counted(2)).toBe(2);
      await expect
        .poll(() => logger.messages("info").filter((line) => ignoring.test(line)))
        .toEqual([
          expect.stringContaining("Received interrupt signal (count: 1). Ignoring."),
          expect.stringContaining("Received interrupt signal (count: 2). Ignoring."),
        ]);
      expect(plugin.hasExited).toBe(false);
    });

    it("does not merge with the next one", async () => {
      const plugin = await load<Interrupted>("interrupted.js", { transport: transport() });
      plugin.interrupt();
      plugin.interrupt();
      expect(await plugin.components.interrupted.counted(2)).toBe(2);
    });

    it("is counted once each in a burst of twenty", async () => {
      const plugin = await load<Interrupted>("interrupted.js", { transport: transport() });
      for (let i = 0; i < 20; i++) plugin.interrupt();
      expect(await plugin.components.interrupted.counted(20)).toBe(20);
      await plugin.components.interrupted.count();
      expect(await plugin.components.interrupted.count()).toBe(20);
    });

    it("is counted once each in a burst that meets a busy plugin", async () => {
      const plugin = await load<Interrupted>("interrupted.js", { transport: transport() });
      const blocked = plugin.components.interrupted.block(500);
      for (let i = 0; i < 8; i++) plugin.interrupt();
      await blocked;
      expect(await plugin.components.interrupted.counted(8)).toBe(8);
    });

    it("reaches the plugin's own listeners as well", async () => {
      const plugin = await load<Interrupted>("interrupted.js", { transport: transport() });
      await plugin.components.interrupted.listen();
      plugin.interrupt();
      expect(await plugin.components.interrupted.counted(1)).toBe(1);
      expect(await plugin.components.interrupted.heard()).toEqual([["SIGINT", 2]]);
    });

    it("does nothing before the launch and after the end", async () => {
      const plugin = client<Interrupted>("interrupted.js", { transport: transport() });
      plugin.interrupt();
      expect(await plugin.components.interrupted.count()).toBe(0);
      const exit = await plugin.kill();
      plugin.interrupt();
      expect(await plugin.exited).toBe(exit);
      expect(exit.how).toBe("killed");
    });

    it("ends a plugin that does not serve yet", async () => {
      const logger = keepingLogger();
      const plugin = client("interrupted-early.js", { transport: transport(), logger, args: ["wait"] });
      const failure = rejection(plugin.start());
      await expect.poll(() => logger.messages("info").join()).toContain("not serving yet");
      plugin.interrupt();
      expect(await failure).toMatchObject({
        code: "ERR_EXITED_BEFORE_ANNOUNCE",
        message: expect.stringContaining("signal SIGINT"),
        exit: { how: "signalled", signal: "SIGINT" },
      });
      expect(await plugin.exited).toMatchObject({ how: "signalled", signal: "SIGINT" });
    });

    it("reaches a listener of a plugin that does not serve yet, and is not counted", async () => {
      const logger = keepingLogger();
      const plugin = client<Interrupted>("interrupted-early.js", {
        transport: transport(),
        logger,
        args: ["listen"],
      });
      const started = plugin.start();
      await expect.poll(() => logger.messages("info").join()).toContain("listening");
      plugin.interrupt();
      await started;
      expect(await plugin.components.interrupted.count()).toBe(0);
    });

    it("is swallowed from the first line of serve on, before a host has connected", async () => {
      const running = launch(transport(), "interrupted.js");
      const stderr = keepStderr(running);
      await expect.poll(stderr).toContain("Waiting for connection...");
      for (let count = 1; count <= 3; count++) {
        running.interrupt();
        await expect.poll(stderr).toContain(`(count: ${count}). Ignoring.`);
      }
      const outcome = await Promise.race([running.exited, Promise.resolve("alive")]);
      expect(outcome).toBe("alive");
    });
  });
}
