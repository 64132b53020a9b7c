type Method = (...args: unknown[]) => unknown;

/** Puts another method in the place of one, with its name and what else it bears. Where there is none, none is made. */
export function replace(object: object, name: string, make: (original: Method) => Method): void {
  const methods = object as Record<string, Method | undefined>;
  const original = methods[name];
  if (typeof original !== "function") return;
  methods[name] = Object.defineProperties(make(original), Object.getOwnPropertyDescriptors(original));
}
