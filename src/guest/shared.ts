/**
 * What a plugin has once, however many copies of portcall it holds: a dependency may bring one of its own. It is kept
 * where every copy in this thread finds it. The number in the symbol changes with what is kept there.
 */
export function shared<T>(name: string, make: () => T): T {
  const key = Symbol.for(`portcall.${name}.1`);
  const holder = globalThis as unknown as Record<symbol, T | undefined>;
  holder[key] ??= make();
  return holder[key];
}
