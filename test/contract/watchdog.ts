import { writeFileSync } from "node:fs";
import type { PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import type { Ender } from "../support/ender.js";
import { temporaryPath } from "../support/files.js";
import { load, type MakeTransport, rejection } from "../support/load.js";

const unresponsiveAfterMs = 300;

/** What `unresponsiveAfterMs` promises on every transport. */
export function watchdogContract(transport: MakeTransport): void {
  const watched = async (options: PluginOptions = {}) => {
    const log = warnings();
    const plugin = await load<Ender>("ender.js", {
      transport: transport(),
      unresponsiveAfterMs,
      logger: log.logger,
      ...options,
    });
    const about = `${(await plugin.describe()).id} `;
    return { plugin, ...log, about };
  };

  describe("a plugin that is watched", () => {
    it("is reported once when it spins, and once more when it answers again", async () => {
      const { plugin, next, seen, about } = await watched();
      const path = temporaryPath();
      const spinning = plugin.components.ender.spinUntil(path);
      expect(await next()).toMatch(
        `${about}has not answered for 300 ms: a loop or a synchronous call blocks it.`,
      );
      writeFileSync(path, "");
      await spinning;
      expect(await next()).toMatch(new RegExp(`${about}answers again, after \\d+ ms\\.$`));
      expect(await plugin.components.ender.greet()).toBe("Hello!");
      expect(seen).toHaveLength(2);
      expect(seen[0]).toContain('onUnresponsive: "kill"');
    });

    it("is ended when it spins, where that is asked for, and its calls say why", async () => {
      const { plugin, next } = await watched({ onUnresponsive: "kill" });
      const { ender } = plugin.components;
      const calls = [rejection(ender.never()), rejection(ender.spin())];
      expect(await next()).toContain("It is ended.");
      const exit = await plugin.exited;
      expect(exit).toMatchObject({ how: "killed", forced: true });
      for (const error of [...(await Promise.all(calls)), await rejection(ender.greet())]) {
        expect(error).toMatchObject({ code: "ERR_PLUGIN_EXITED", exit });
        expect(error.message).toContain("killed by force because it did not answer for 300 ms");
      }
    });

    it("is not reported while it works, nor for what its host did not hear while it was blocked itself", async () => {
      const { plugin, seen } = await watched({ onUnresponsive: "kill" });
      for (let turn = 0; turn < 3; turn++) {
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2 * unresponsiveAfterMs);
        expect(await plugin.components.ender.greet()).toBe("Hello!");
      }
      expect(seen).toEqual([]);
      expect(plugin.hasExited).toBe(false);
    });

    it("is not watched any more once it has ended", async () => {
      const { plugin, seen } = await watched();
      await plugin.kill();
      const other = await watched();
      void other.plugin.components.ender.spin().catch(() => {});
      await other.next();
      expect(seen).toEqual([]);
    });
  });
}

/** A logger whose warnings are waited for, one by one. */
export function warnings(): {
  readonly logger: NonNullable<PluginOptions["logger"]>;
  readonly seen: string[];
  next(): Promise<string>;
} {
  const seen: string[] = [];
  let read = 0;
  let wake = () => {};
  const nothing = () => {};
  return {
    seen,
    logger: {
      debug: nothing,
      info: nothing,
      error: nothing,
      warn: (message) => {
        seen.push(message);
        wake();
      },
    },
    next: async () => {
      while (seen.length <= read) {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
      return seen[read++] as string;
    },
  };
}
