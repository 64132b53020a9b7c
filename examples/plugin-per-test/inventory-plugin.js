import { serve } from "portcall/plugin";

// A plugin with a state of its own: what one test does to it must not be there in the next one.
const stock = new Map();

await serve({
  inventory: {
    /**
     * @param {string} item
     * @param {number} count
     */
    add: (item, count) => {
      if (count <= 0) throw new RangeError(`cannot add ${count} of ${item}`);
      stock.set(item, (stock.get(item) ?? 0) + count);
    },
    /** @param {string} item */
    take: (item) => {
      const left = (stock.get(item) ?? 0) - 1;
      if (left < 0) throw new Error(`there is no ${item} left`);
      stock.set(item, left);
      return left;
    },
    /** @returns {Record<string, number>} */
    list: () => Object.fromEntries(stock),
  },
});
