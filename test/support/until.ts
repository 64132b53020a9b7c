import { setTimeout as sleep } from "node:timers/promises";

/** Waits for what no event tells, looking again and again. The test's own time-out bounds it. */
export async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(5);
}
