const watched: readonly object[] = [
  Object,
  Array,
  Function,
  Map,
  Set,
  Error,
  Promise,
  AbortSignal,
  Buffer,
  String,
  Symbol,
  Uint8Array,
  Object.getPrototypeOf(Uint8Array),
  Object.getPrototypeOf(async function* () {}.prototype),
].flatMap((made) => (typeof made === "function" ? [made, made.prototype] : [made]));

/** What the built-in objects look like, for a comparison: every own property and every value, by identity. */
export function builtIns(): ReadonlyMap<object, Readonly<Record<PropertyKey, PropertyDescriptor>>> {
  return new Map(watched.map((object) => [object, Object.getOwnPropertyDescriptors(object)]));
}

/** The names of what has changed since. */
export function changesSince(before: ReturnType<typeof builtIns>): string[] {
  const changes: string[] = [];
  for (const [object, now] of builtIns()) {
    const then = before.get(object) as Record<PropertyKey, PropertyDescriptor>;
    for (const key of new Set([...Reflect.ownKeys(now), ...Reflect.ownKeys(then)])) {
      const [a, b] = [now[key], then[key]];
      if (a?.value !== b?.value || a?.get !== b?.get || a?.set !== b?.set) changes.push(String(key));
    }
  }
  return changes;
}
