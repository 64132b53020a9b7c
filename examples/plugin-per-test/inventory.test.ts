import { testPlugin } from "portcall/testing";
import { expect, it } from "vitest";

interface Components {
  inventory: {
    add(item: string, count: number): void;
    take(item: string): number;
    list(): Record<string, number>;
  };
}

const plugin = new URL("./inventory-plugin.js", import.meta.url);
const tests = Number(process.env.EXAMPLE_TESTS ?? 100);

// Each test has a plugin of its own, which knows nothing of the others.
it.each(Array.from({ length: tests }, (_, i) => i + 1))("sells out of %i pears", async (count) => {
  await using loaded = await testPlugin<Components>(plugin);
  const { inventory } = loaded.components;
  expect(await inventory.list()).toEqual({});
  await inventory.add("pear", count);
  expect(await inventory.take("pear")).toBe(count - 1);
  await expect(inventory.add("pear", -1)).rejects.toThrow("cannot add -1 of pear");
  await expect(inventory.take("apple")).rejects.toThrow("there is no apple left");
});
