/** Windows has no process groups: there plugins and their children end with their session. */
export const hasProcessGroups: boolean = process.platform !== "win32";

/** Whether a group still has a process in it. */
export function groupLives(group: number): boolean {
  return hasProcessGroups && send(-group, 0);
}

/**
 * Whether a group still has a process in it whose leader has ended. While it has, its number is given to no new process:
 * where there is one, the group is gone.
 */
export function groupOutlivesLeader(group: number): boolean {
  return groupLives(group) && !send(group, 0);
}

/** Forces a process that leads a group to end, with its group where there are groups. One that is gone is what was wanted. */
export function endChild(leader: number): void {
  send(hasProcessGroups ? -leader : leader, "SIGKILL");
}

function send(pid: number, signal: NodeJS.Signals | 0): boolean {
  try {
    return process.kill(pid, signal);
  } catch (error) {
    // Who may not be signalled is there all the same (macOS says so of a group of zombies, too).
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
