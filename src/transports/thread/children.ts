import { endChild, groupLives } from "../process-group.js";
import { reaper } from "../reaper.js";

/** The children of one thread, each the leader of a process group. */
export interface Children {
  started(pid: number): void;
  /** A leader has ended. What it started may live on in its group. */
  gone(pid: number): void;
  /** Forces all of them to end. */
  end(): void;
}

export function threadChildren(): Children {
  const groups = new Set<number>();
  const forget = (group: number) => {
    reaper.forget(group);
    groups.delete(group);
  };
  return {
    started: (pid) => {
      groups.add(pid);
      reaper.watch(pid);
    },
    gone: (pid) => {
      if (!groupLives(pid)) forget(pid);
    },
    end: () => {
      for (const group of [...groups]) {
        endChild(group);
        forget(group);
      }
    },
  };
}
