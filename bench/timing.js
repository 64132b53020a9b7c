import { quantile } from "./statistics.js";

/**
 * The time of a call, when the next one is made after its answer.
 *
 * @param {() => Promise<unknown>} call
 * @param {number} count
 */
export async function oneAtATime(call, count) {
  const times = [];
  for (let i = 0; i < count; i++) {
    const started = performance.now();
    await call();
    times.push(performance.now() - started);
  }
  return { ms: quantile(times, 0.5), p95: quantile(times, 0.95) };
}

/**
 * The time for each call, when as many as `width` are always under way.
 *
 * @param {() => Promise<unknown>} call
 * @param {number} width
 * @param {number} count
 */
export async function inFlight(call, width, count) {
  let left = count;
  const lane = async () => {
    while (left-- > 0) await call();
  };
  const started = performance.now();
  await Promise.all(Array.from({ length: width }, lane));
  return (performance.now() - started) / count;
}
