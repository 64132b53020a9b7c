import type { ParityRun } from "./run.js";

/** A number under one of these names is the system's choice. */
const chosenNames = /^(pid|ppid|threadId|port)$/;
/** What the clocks of host and plugin may be apart. In milliseconds. */
const slackMs = 1_000;

/** Takes out of values and texts what differs from run to run. */
export interface Mask {
  text(text: string): string;
  /** Of plain data, Maps, Sets, Dates and Errors, however deep. Whatever else there is stays as it is. */
  value(value: unknown): unknown;
  error(error: unknown): unknown;
}

/** One mask for all runs: a number that is the port of one of them by chance is then the same in all. */
export function maskOf(runs: readonly ParityRun[], ofCaller: (text: string) => string): Mask {
  const pids = [process.pid, process.ppid, ...runs.map(({ id }) => pidOf(id))].filter(
    (pid) => pid !== undefined,
  );
  const ports = runs.map(({ port }) => port);
  const began = Math.min(...runs.map((run) => run.began)) - slackMs;
  const ended = Math.max(...runs.map((run) => run.ended)) + slackMs;
  const seen = new Map<object, unknown>();
  const text = (given: string) => ofCaller(maskText(given, pids));
  const isNow = (ms: number) => ms >= began && ms <= ended;
  const maskNumber = (value: number) => {
    if (pids.includes(value)) return "<pid>";
    if (ports.includes(value)) return "<port>";
    return isNow(value) ? "<time>" : value;
  };
  const maskObject = (object: object): unknown => {
    if (seen.has(object)) return seen.get(object);
    if (object instanceof Date) return isNow(object.getTime()) ? "<time>" : object;
    if (object instanceof Error) return error(object);
    return maskMembers(object, value, (copy) => seen.set(object, copy));
  };
  const value = (given: unknown): unknown => {
    if (typeof given === "string") return text(given);
    if (typeof given === "number") return maskNumber(given);
    if (typeof given === "function") return "<function>";
    return typeof given === "object" && given !== null ? maskObject(given) : given;
  };
  const error = (given: unknown): unknown => {
    if (!(given instanceof Error)) return value(given);
    const { name, message, code } = given as NodeJS.ErrnoException;
    return { name, ...(code === undefined ? {} : { code }), message: text(message) };
  };
  return { text, value, error };
}

/** Tells of the copy before it is filled: the object may be a member of itself. */
function maskMembers(
  object: object,
  value: (value: unknown) => unknown,
  made: (copy: object) => void,
): object {
  if (object instanceof Set) {
    const set = new Set<unknown>();
    made(set);
    for (const item of object) set.add(value(item));
    return set;
  }
  if (object instanceof Map) {
    const map = new Map<unknown, unknown>();
    made(map);
    for (const [key, item] of object) map.set(value(key), value(item));
    return map;
  }
  const copy = emptyCopy(object);
  if (copy === undefined) return object;
  made(copy);
  for (const [name, item] of Object.entries(object)) {
    const masked = chosenNames.test(name) && typeof item === "number" ? `<${name}>` : value(item);
    // A member may have the name of a setter: `__proto__`.
    Object.defineProperty(copy, name, {
      value: masked,
      enumerable: true,
      writable: true,
      configurable: true,
    });
  }
  return copy;
}

/** For a list and a plain object. A list keeps its holes, for it may have four milliards of them. */
function emptyCopy(object: object): object | undefined {
  if (Array.isArray(object)) return new Array(object.length);
  const prototype = Object.getPrototypeOf(object);
  return prototype === Object.prototype || prototype === null ? {} : undefined;
}

function pidOf(id: string | undefined): number | undefined {
  const [, pid] = /^pid (\d+)$/.exec(id ?? "") ?? [];
  return pid === undefined ? undefined : Number(pid);
}

function maskText(text: string, pids: readonly number[]): string {
  return (
    text
      // The tail is compared as stderr, in full.
      .replace(/Its stderr ends:(\n {2}\| .*)*/g, "Its stderr ends: <tail>")
      .replace(/\b(pid|thread) \d+\b/g, "<plugin>")
      .replace(new RegExp(`\\b(${pids.join("|")})\\b`, "g"), "<pid>")
      .replace(/(\b127\.0\.0\.1|\blocalhost|\[::1\]):\d+\b/g, "$1:<port>")
      .replace(/\b\d{4}([-/])\d\d\1\d\d[T ]\d\d:\d\d:\d\d([.,]\d+)?(Z|[+-]\d\d:?\d\d)?/g, "<time>")
      .replace(/\b\d+(\.\d+)? ?(ns|µs|us|ms|s|sec|seconds|milliseconds)\b/g, "<duration>")
      // What a process alone prints above an error: where it was thrown, that line, and a caret below it.
      .replace(/^\S.*:\d+\n.*\n\s*\^+\n\n?/gm, "")
      .replace(/^ +at .*\n?/gm, "")
  );
}
