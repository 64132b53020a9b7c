import { endChild, groupOutlivesLeader } from "../process-group.js";
import { reaper } from "../reaper.js";
import type { ChildNews, Spawning } from "./messages.js";
import { possibleChildren } from "./unreported.js";

/** How long, and how often, a child is looked for that another thread may be starting as well. */
const lookMs = 20;
const looks = 50;
/** How often it is looked whether a group is gone whose leader has ended: nobody tells of that. */
const groupLookMs = 250;

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
  /** Those of them in which what the leader has started lives on. */
  const leaderless = new Set<number>();
  let looking: NodeJS.Timeout | undefined;
  let last: Spawning | undefined;

  const forget = (group: number) => {
    reaper.forget(group);
    groups.delete(group);
    leaderless.delete(group);
  };
  /** The number of a group that is gone may be given to another, which is none of ours. */
  const forgetGone = () => {
    for (const group of leaderless) if (!groupOutlivesLeader(group)) forget(group);
    clearTimeout(looking);
    looking = leaderless.size > 0 ? setTimeout(forgetGone, groupLookMs).unref() : undefined;
  };
  const settle = () => {
    if (last !== undefined) underWay.delete(last);
    last = undefined;
  };
  const started = (pid: number) => {
    leaderless.delete(pid);
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
      } else {
        leaderless.add(news.pid);
        forgetGone();
      }
    },
    end: () => {
      forgetGone();
      clearTimeout(looking);
      for (const group of [...groups]) {
        endChild(group);
        forget(group);
      }
      const unreported = last;
      settle();
      if (unreported !== undefined) endUnreported(unreported, possibleChildren(unreported), looks);
    },
  };
}

/** Ends a child that its thread could not tell of any more. What another thread is starting with the same words is not it. */
function endUnreported(spawning: Spawning, candidates: readonly number[], left: number): void {
  const words = spawning.args.join("\0");
  if ([...underWay].some(({ args }) => args.join("\0") === words)) {
    if (left > 0) setTimeout(endUnreported, lookMs, spawning, candidates, left - 1).unref();
    return;
  }
  for (const pid of candidates) if (!reaper.watches(pid)) endChild(pid);
}
