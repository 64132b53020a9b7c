import { describe, expect, it } from "vitest";
import type { Ender } from "../support/ender.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";

/** What `limits` promises on every transport. That an end for want of memory is told is in exits.ts. */
export function limitsContract(transport: MakeTransport): void {
  const ender = async (limits: { memoryMb?: number; stackMb?: number } = {}) => {
    const plugin = await load<Ender>("ender.js", { transport: transport(), limits });
    return { plugin, ender: plugin.components.ender };
  };

  describe("limits", () => {
    it("end a plugin that fills its memory at its start as out-of-memory, and the start says so", async () => {
      const plugin = client("fills-memory.js", { transport: transport(), limits: { memoryMb: 32 } });
      const error = await rejection(plugin.start());
      const exit = await plugin.exited;
      expect(exit).toMatchObject({ how: "out-of-memory" });
      expect(error).toMatchObject({ code: "ERR_EXITED_BEFORE_ANNOUNCE", exit });
      expect(error.message).toContain("out of memory");
    });

    it("of one plugin are not those of another", async () => {
      const [small, other] = [await ender({ memoryMb: 32 }), await ender()];
      await rejection(small.ender.fillMemory());
      expect(await small.plugin.exited).toMatchObject({ how: "out-of-memory" });
      expect(await other.ender.greet()).toBe("Hello!");
    });

    it("of memory are those of JavaScript's heap: Buffers lie outside of it", async () => {
      expect(await (await ender({ memoryMb: 32 })).ender.fillBuffers(128)).toBe(128);
    });

    it("of the stack are held: twice the megabytes allow about twice the depth, and half of the default is less", async () => {
      const depths: number[] = [];
      for (const stackMb of [0.5, 1, 2]) {
        const { depth, name } = await (await ender({ stackMb })).ender.recurse();
        expect(name).toBe("RangeError");
        depths.push(depth);
      }
      const [half, one, two] = depths as [number, number, number];
      expect(one).toBeGreaterThan(1.5 * half);
      expect(two).toBeGreaterThan(1.5 * one);
    });

    it.each([undefined, 1])(
      "let a stack overflow be a RangeError that the plugin survives, with stackMb %s",
      async (stackMb) => {
        const loaded = await ender(stackMb === undefined ? {} : { stackMb });
        expect(await rejection(loaded.ender.overflow())).toMatchObject({
          name: "RangeError",
          message: "Maximum call stack size exceeded",
        });
        expect(await loaded.ender.greet()).toBe("Hello!");
      },
    );
  });
}
