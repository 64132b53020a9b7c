import type * as V8 from "node:v8";
import { frameKind, textFrame } from "./frames.js";
import { decodeV8, encodeV8 } from "./v8-values.js";

/** Loaded when first needed, or ahead of that: it is two of the forty milliseconds in which a plugin starts. */
let v8: typeof V8 | undefined;

export async function loadV8(): Promise<void> {
  v8 ??= await import("node:v8");
}

/** A whole frame for a message: JSON where that says the same and is quicker, else V8's structured clone. */
export function encodeMessage(message: unknown, jsonOnly: boolean): Buffer {
  if (jsonOnly) {
    refuseUnlessJson(message);
    return textFrame(frameKind.json, JSON.stringify(message));
  }
  if (isSmallJson(message, deepestJson, new Set())) return textFrame(frameKind.json, JSON.stringify(message));
  return encodeV8(message, loaded());
}

/** The message in a frame, whose large bytes may stand by themselves. Throws what the parsers throw at malformed bytes. */
export function decodeMessage(kind: number, payload: Buffer, bytes?: Buffer): unknown {
  if (kind === frameKind.v8 || kind === frameKind.withBytes) return decodeV8(payload, bytes, loaded());
  return JSON.parse(payload.toString());
}

/** What only JSON peers cannot read, named. Throws a TypeError, as a failed clone does. */
function refuseUnlessJson(value: unknown, path = "message", depth = 0): void {
  if (depth > 100) throw new TypeError(`${path} is nested too deep for JSON`);
  if (value === undefined || typeof value === "string" || isPlainJson(value)) return;
  if (Array.isArray(value)) {
    // By its keys: what is mostly holes would be walked for ever.
    if (Object.keys(value).length !== value.length)
      throw new TypeError(
        `${path} has holes or named members, which JSON has not, and this plugin reads only JSON`,
      );
    value.forEach((item, i) => void refuseUnlessJson(item, `${path}[${i}]`, depth + 1));
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) refuseUnlessJson(item, `${path}.${key}`, depth + 1);
  } else {
    throw new TypeError(`${path} is no JSON value, and this plugin reads only JSON`);
  }
}

/**
 * Lists and plain objects of short texts, numbers and the like: what most calls are made of. `seen` finds what stands in
 * two places: it must arrive as one thing.
 */
function isSmallJson(value: unknown, depth: number, seen: Set<object>): boolean {
  if (typeof value !== "object" || value === null) return isPlainJson(value);
  if (depth === 0 || seen.has(value)) return false;
  seen.add(value);
  if (Array.isArray(value)) {
    if (value.length > 1_000) return false;
    for (let i = 0; i < value.length; i++) if (!isSmallJson(value[i], depth - 1, seen)) return false;
    return Object.keys(value).length === value.length;
  }
  if (Object.getPrototypeOf(value) !== Object.prototype) return false;
  for (const key of Object.keys(value)) {
    const part = (value as Record<string, unknown>)[key];
    if (key === "toJSON" || !isSmallJson(part, depth - 1, seen)) return false;
  }
  return true;
}

/** Levels of a message that are worth a look, its batch and frames included. */
const deepestJson = 8;

function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value.length <= 1_024;
    case "boolean":
      return true;
    case "number":
      return Number.isFinite(value) && !Object.is(value, -0);
    default:
      return value === null;
  }
}

function isPlainObject(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === "object" &&
    value !== null &&
    [Object.prototype, null].includes(Object.getPrototypeOf(value))
  );
}

function loaded(): typeof V8 {
  if (v8 === undefined) throw new Error("portcall: the wire was used before loadV8()");
  return v8;
}
