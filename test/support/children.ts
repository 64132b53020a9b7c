import { readdirSync, readFileSync } from "node:fs";

/** The ids of the spare processes that a process has started. Linux only. */
export function spareProcessesOf(pid: number): number[] {
  const tasks = readdirSync(`/proc/${pid}/task`);
  const children = tasks.flatMap((task) =>
    readFileSync(`/proc/${pid}/task/${task}/children`, "utf8").split(" ").filter(Boolean).map(Number),
  );
  return children.filter((child) => /tinypool/.test(readFileSync(`/proc/${child}/cmdline`, "utf8")));
}
