import { endChild, groupLives } from "../process-group.js";
import { reaper } from "../reaper.js";
import type { ChildNews, Spawning } from "./messages.js";
import { possibleChildren } from "./unreported.js";

/** How long, and how often, a child is looked for that another thread may be starting as well. */
const lookMs = 20;
const looks = 50;

/** The children of one thread, each the leader of a process group. */
export interface Children {
  hear(news: ChildNews): void;
  /** Forces all of them to end. */
  end(): void;
}

/** Of all threads of this host. */
const underWay = new Set<Spawning>();

export function threadChildren(): Children {
  const groups = new Set<number>();
  let last: Spawning | undefined;
  const forget = (group: number) => {
    reaper.forget(group);
    groups.delete(group);
  };
  const settle = () => {
    if (last !== undefined) underWay.delete(last);
    last = undefined;
  };
  const started = (pid: number) => {
    groups.add(pid);
    reaper.watch(pid);
  };
  return {
    hear: (news) => {
      if (news.type === "spawning") {
        last = news.spawning;
        underWay.add(news.spawning);
      } else if (news.type === "child") {
        settle();
        if (news.pid !== undefined) started(news.pid);
      } else if (!groupLives(news.pid)) {
        // What a leader started may live on in its group.
        forget(news.pid);
      }
    },
    end: () => {
      for (const group of [...groups]) {
        endChild(group);
        forget(group);
      }
      const unreported = last;
      settle();
      if (unreported !== undefined) endUnreported(unreported, looks);
    },
  };
}

/** Ends a child that its thread could not tell of any more. What another thread is starting with the same words is not it. */
function endUnreported(spawning: Spawning, left: number): void {
  const words = spawning.args.join("\0");
  if ([...underWay].some(({ args }) => args.join("\0") === words)) {
    if (left > 0) setTimeout(endUnreported, lookMs, spawning, left - 1).unref();
    return;
  }
  for (const pid of possibleChildren(spawning)) if (!reaper.watches(pid)) endChild(pid);
}
