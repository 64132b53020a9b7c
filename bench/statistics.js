/**
 * The value below which a share of the samples lies, between two samples in proportion.
 *
 * @param {readonly number[]} samples
 * @param {number} share from 0 to 1
 */
export function quantile(samples, share) {
  const sorted = [...samples].sort((a, b) => a - b);
  const position = (sorted.length - 1) * share;
  const below = sorted[Math.floor(position)] ?? Number.NaN;
  const above = sorted[Math.ceil(position)] ?? Number.NaN;
  return below + (above - below) * (position % 1);
}

/** @param {readonly number[]} samples */
export function median(samples) {
  return quantile(samples, 0.5);
}

/**
 * Shuffles in a way that the same seed repeats (mulberry32).
 *
 * @param {number} seed
 * @returns {<T>(items: readonly T[]) => T[]}
 */
export function shuffler(seed) {
  let state = seed;
  const random = () => {
    state = (state + 0x6d2b79f5) | 0;
    let bits = Math.imul(state ^ (state >>> 15), 1 | state);
    bits = (bits + Math.imul(bits ^ (bits >>> 7), 61 | bits)) ^ bits;
    return ((bits ^ (bits >>> 14)) >>> 0) / 2 ** 32;
  };
  return (items) => {
    const rest = [...items];
    const shuffled = [];
    while (rest.length > 0) shuffled.push(...rest.splice(Math.floor(random() * rest.length), 1));
    return shuffled;
  };
}
