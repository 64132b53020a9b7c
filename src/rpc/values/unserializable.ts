import { PluginError } from "../../errors.js";
import type { Step } from "../frames.js";

/** The error for something that no wire carries, named by its path: `result.items[3].handle is a Socket`. */
export function unserializable(
  { name, path }: { readonly name: string; readonly path: readonly Step[] },
  value: unknown,
  reason?: string,
): PluginError {
  const what = reason ?? `is ${article(nameOf(value))}, which cannot be sent to another process`;
  return new PluginError("ERR_UNSERIALIZABLE", `${name}${path.map(stepText).join("")} ${what}.`);
}

function nameOf(value: unknown): string {
  if (typeof value !== "object" || value === null) return typeof value;
  const made = (value as { constructor?: unknown }).constructor;
  const tag = Object.prototype.toString.call(value).slice(8, -1);
  // Newer versions of Node have one class for all iterators.
  if (typeof made !== "function" || made === Object || tag.endsWith("Iterator")) return tag;
  return made.name || tag;
}

function article(name: string): string {
  return `${/^[AEIOU]/i.test(name) ? "an" : "a"} ${name}`;
}

function stepText(step: Step): string {
  if (typeof step === "object") return `[entry ${step[0]}${step[1] === 0 ? "" : ", value"}]`;
  if (typeof step === "number" || /^\d+$/.test(step)) return `[${step}]`;
  return /^[\w$]+$/.test(step) ? `.${step}` : `[${JSON.stringify(step)}]`;
}
