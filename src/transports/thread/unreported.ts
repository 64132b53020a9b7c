import { readdirSync, readFileSync } from "node:fs";
import { uptime } from "node:os";
import type { Spawning } from "./messages.js";

/** Linux counts the starts of processes in hundredths of a second, whatever its own clock ticks in. */
const ticksPerSecond = 100;

/**
 * The processes that may be a child which a thread was starting when it was ended: children of this process that lead a
 * group, began since then, and run its command. Linux only, where the system tells; elsewhere none.
 */
export function possibleChildren(spawning: Spawning): number[] {
  if (process.platform !== "linux") return [];
  const earliest = sinceBoot(spawning.since) - 1 / ticksPerSecond;
  return childrenOfThisProcess().filter((pid) => {
    const { group, startedAt } = statOf(pid) ?? {};
    if (group !== pid || startedAt === undefined || startedAt < earliest) return false;
    return isRunning(spawning, read(`/proc/${pid}/cmdline`));
  });
}

/** When processes began is counted from the boot. The monotonic clock does not count while a machine sleeps. */
function sinceBoot(monotonic: number): number {
  const [seconds, nanoseconds] = process.hrtime();
  return monotonic + uptime() - (seconds + nanoseconds / 1e9);
}

/** A script is run by its interpreter, whose words come first, and is named by its path. */
function isRunning({ file, args }: Spawning, commandLine: string): boolean {
  const endOfEach = (words: readonly string[]) => words.map((word) => `${word}\0`).join("");
  if (commandLine === endOfEach(args)) return true;
  const script = endOfEach([file, ...args.slice(1)]);
  const interpreter = commandLine.slice(0, -script.length);
  return commandLine.endsWith(script) && (file.includes("/") ? /\0$/ : /\0[^\0]*\/$/).test(interpreter);
}

function childrenOfThisProcess(): number[] {
  const tasks = readdirSync("/proc/self/task");
  const lists = tasks.map((task) => read(`/proc/self/task/${task}/children`));
  return lists.join(" ").split(" ").filter(Boolean).map(Number);
}

/** Of proc(5): the fields behind the name, which is in parentheses and may hold anything. */
function statOf(pid: number): { readonly group: number; readonly startedAt: number } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === "") return undefined;
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return { group: Number(fields[2]), startedAt: Number(fields[19]) / ticksPerSecond };
}

/** Nothing of what has ended meanwhile. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
