import { PluginError } from "../errors.js";

/** Throws `ERR_OPTION` where a transport's options are no object, or name what is none of its options. */
export function checkOptionNames(options: object, names: readonly string[]): void {
  if (typeof options !== "object" || options === null) {
    throw new PluginError("ERR_OPTION", `options must be an object; it is ${String(options)}.`);
  }
  const unknown = Object.keys(options).find((name) => !names.includes(name));
  if (unknown === undefined) return;
  throw new PluginError(
    "ERR_OPTION",
    `There is no option ${JSON.stringify(unknown)}. There are: ${names.join(", ")}.`,
  );
}
