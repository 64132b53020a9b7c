import { PluginError } from "../errors.js";

/** Named objects with methods: what a plugin serves. */
export type Components = Readonly<Record<string, object>>;

/** The methods of one object that a peer may call. */
export interface Methods {
  readonly names: readonly string[];
  get(name: string): ((...args: unknown[]) => unknown) | undefined;
}

/**
 * The methods of an object that is shared by reference: what a component of the same kind would serve. One that is
 * remote itself has those that its own side knows.
 */
export function objectMethods(object: object): Methods {
  if (Object.getPrototypeOf(object) === null && Object.getOwnPropertyNames(object).length === 0) {
    return {
      names: [],
      get: (name) => (object as Record<string, (...args: unknown[]) => unknown>)[name],
    };
  }
  const methods = new Map([...methodsOf(object)].filter(([name]) => !reserved.has(name)));
  return {
    names: [...methods.keys()],
    get: (name) => methods.get(name)?.bind(object),
  };
}

/** The methods of a plugin's components, by `component.method`: the only things a peer can reach. */
export interface ServedMethods {
  readonly names: readonly string[];
  has(name: string): boolean;
  get(name: string): (...args: unknown[]) => unknown;
  /** The error that answers a name that is not served: it lists those that are. */
  unknown(name: string): PluginError;
  /** The components with their methods, for the host. */
  describe(): Record<string, string[]>;
}

/**
 * Names that a remote object answers itself, because promises, printers and test frameworks read them of every object,
 * and those that lead out of an object.
 */
const reserved = new Set(["then", "toJSON", "constructor", "__proto__", "prototype"]);

/** Lists what is served: own and inherited methods, not accessors, not what every object has. Throws `ERR_OPTION`. */
export function servedMethods(components: Components): ServedMethods {
  if (typeof components !== "object" || components === null) {
    throw optionError("the components must be an object of named objects.");
  }
  const methods = new Map<string, (...args: unknown[]) => unknown>();
  const described: Record<string, string[]> = Object.create(null);
  for (const [component, object] of Object.entries(components)) {
    checkComponent(component, object);
    const own: string[] = [];
    described[component] = own;
    for (const [name, method] of methodsOf(object)) {
      if (reserved.has(name)) {
        throw optionError(
          `${component}.${name} cannot be served: a remote object answers "${name}" itself. Rename it.`,
        );
      }
      methods.set(`${component}.${name}`, method.bind(object));
      own.push(name);
    }
  }
  return {
    names: [...methods.keys()],
    has: (name) => methods.has(name),
    get: (name) => methods.get(name) as (...args: unknown[]) => unknown,
    unknown: (name) => unknownName(name, described),
    describe: () => described,
  };
}

/** The error for a component or method that a plugin does not have. */
export function unknownName(
  name: string,
  described: Readonly<Record<string, readonly string[]>>,
): PluginError {
  const dot = name.indexOf(".");
  const component = name.slice(0, dot);
  const known = Object.hasOwn(described, component) ? described[component] : undefined;
  if (known === undefined) {
    const served = Object.keys(described).join(", ") || "none";
    return new PluginError(
      "ERR_UNKNOWN_COMPONENT",
      `The plugin has no component ${JSON.stringify(component)}. It serves: ${served}.`,
    );
  }
  const method = JSON.stringify(name.slice(dot + 1));
  return new PluginError(
    "ERR_UNKNOWN_METHOD",
    `The component ${component} has no method ${method}. It has: ${known.join(", ") || "none"}.`,
  );
}

function checkComponent(name: string, object: unknown): void {
  if (name === "" || name.includes(".") || reserved.has(name)) {
    throw optionError(`a component cannot be named ${JSON.stringify(name)}.`);
  }
  if ((typeof object !== "object" && typeof object !== "function") || object === null) {
    throw optionError(`the component ${name} must be an object with methods.`);
  }
}

function* methodsOf(object: object): Generator<[string, (...args: unknown[]) => unknown]> {
  const seen = new Set<string>(["constructor"]);
  for (
    let level = object;
    level && level !== Object.prototype && level !== Function.prototype;
    level = Object.getPrototypeOf(level)
  ) {
    for (const [name, { value }] of Object.entries(Object.getOwnPropertyDescriptors(level))) {
      if (seen.has(name)) continue;
      seen.add(name);
      if (typeof value === "function") yield [name, value];
    }
  }
}

function optionError(what: string): PluginError {
  return new PluginError("ERR_OPTION", `serve: ${what}`);
}
