import { randomBytes } from "node:crypto";
import { Readable } from "node:stream";
import { describe, expect, it } from "vitest";
import { load, type MakeTransport, rejection } from "../support/load.js";
import { keepingLogger } from "../support/streams.js";

interface Stdin {
  stdin: {
    readAll(): Promise<Buffer>;
    readSome(): Promise<number>;
    close(): void;
    exit(): void;
    ping(): string;
  };
}

/** A stream that never ends and always has more. */
function endless(): Readable {
  return new Readable({
    read() {
      this.push(Buffer.alloc(64 * 1024));
    },
  });
}

/** What every transport promises of a plugin's stdin. */
export function stdinContract(transport: MakeTransport): void {
  describe("stdin", () => {
    it("is ignored by default: reading it ends at once", async () => {
      const plugin = await load<Stdin>("stdin.js", { transport: transport() });
      expect(await plugin.components.stdin.readAll()).toEqual(Buffer.alloc(0));
      const ignored = await load<Stdin>("stdin.js", { transport: transport(), stdin: "ignore" });
      expect(await ignored.components.stdin.readAll()).toEqual(Buffer.alloc(0));
    });

    it("brings all of a Readable, byte for byte", async () => {
      const bytes = randomBytes(3_000_000);
      const parts = [bytes.subarray(0, 7), bytes.subarray(7, 2_000_000), bytes.subarray(2_000_000)];
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin: Readable.from(parts) });
      const read = await plugin.components.stdin.readAll();
      expect(read.equals(bytes)).toBe(true);
    });

    it("brings a Readable of text", async () => {
      const stdin = Readable.from(["hello ", "wörld"], { objectMode: false });
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin });
      expect((await plugin.components.stdin.readAll()).toString()).toBe("hello wörld");
    });

    it("that the plugin never reads holds up neither the plugin nor its end", async () => {
      const stdin = endless();
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin });
      expect(await plugin.components.stdin.ping()).toBe("pong");
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
      expect(stdin.isPaused() || !stdin.readableFlowing).toBe(true);
    });

    it("may be left by a plugin that ends before it has read it", async () => {
      const stdin = endless();
      const logger = keepingLogger();
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin, logger });
      expect(await plugin.components.stdin.readSome()).toBeGreaterThan(0);
      await rejection(plugin.components.stdin.exit());
      expect(await plugin.exited).toMatchObject({ how: "exited", code: 0 });
      expect(stdin.destroyed).toBe(false);
      expect(stdin.listenerCount("data")).toBe(0);
    });

    it("may be closed by a plugin that goes on", async () => {
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin: endless() });
      await plugin.components.stdin.readSome();
      await plugin.components.stdin.close();
      expect(await plugin.components.stdin.ping()).toBe("pong");
      expect(await plugin.kill()).toMatchObject({ how: "killed", forced: false });
    });

    it("ends for the plugin where its Readable fails, with a warning", async () => {
      const stdin = new Readable({ read: () => {} });
      const logger = keepingLogger();
      const plugin = await load<Stdin>("stdin.js", { transport: transport(), stdin, logger });
      const reading = plugin.components.stdin.readAll();
      stdin.push("begun");
      await plugin.components.stdin.ping();
      stdin.destroy(new Error("the tape broke"));
      expect((await reading).toString()).toBe("begun");
      expect(logger.messages("warn")).toEqual([expect.stringMatching(/stdin.*the tape broke/)]);
    });
  });
}
