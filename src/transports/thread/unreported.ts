import { readdirSync, readFileSync } from "node:fs";
import type { Spawning } from "./messages.js";

/** Linux counts the starts of processes in hundredths of a second, whatever its own clock ticks in. */
const ticksPerSecond = 100;

/**
 * The processes that may be a child which a thread was starting when it was ended: children of this process that lead a
 * group, began since then, and have its arguments. Linux only, where the system tells; elsewhere none.
 */
export function possibleChildren({ args, since }: Spawning): number[] {
  if (process.platform !== "linux") return [];
  // A script is run by its interpreter, whose words come first.
  const words = args.slice(1).map((arg) => `${arg}\0`);
  return childrenOfThisProcess().filter((pid) => {
    const { group, startedAt } = statOf(pid) ?? {};
    if (group !== pid || startedAt === undefined || startedAt < since - 1 / ticksPerSecond) return false;
    return read(`/proc/${pid}/cmdline`).endsWith(words.join(""));
  });
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
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}
