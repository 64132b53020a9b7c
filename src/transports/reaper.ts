import { type ChildProcess, spawn } from "node:child_process";
import type { Writable } from "node:stream";
import { hasProcessGroups } from "./process-group.js";

/**
 * Nobody is left behind when a host dies, however it dies: a shell that leads its own session waits on a pipe of the
 * host's. When the pipe ends, the host is gone, and the shell ends each process group it was told of: it asks with
 * SIGTERM, waits up to a second by the clock, forces. One reaper per host (per thread, where hosts run in threads).
 */
export interface Reaper {
  /** Starts the reaper ahead of the first group, for groups that are heard of when it may be too late to start one. */
  prepare(): void;
  /** Watches a process group. */
  watch(group: number): void;
  /** Whether a group is watched. */
  watches(group: number): boolean;
  /** Forgets a group whose processes are gone. */
  forget(group: number): void;
}

/** Ignores what a terminal or a supervisor sends to end the host: the reaper must outlive it by a second. */
const script = `
trap '' HUP INT TERM
groups=' '
while read -r word group; do
  case "$groups" in *" $group "*) groups="\${groups%% $group *} \${groups#* $group }";; esac
  if [ "$word" = watch ]; then groups="$groups$group "; fi
done
for group in $groups; do kill -s TERM -- "-$group" 2>/dev/null; done
sleep 1 &
second=$!
while kill -s 0 "$second" 2>/dev/null; do
  alive=
  for group in $groups; do kill -s 0 -- "-$group" 2>/dev/null && alive=1; done
  [ -z "$alive" ] && { kill -s KILL "$second"; exit; }
  sleep 0.1 2>/dev/null || { wait; break; }
done
for group in $groups; do kill -s KILL -- "-$group" 2>/dev/null; done
`;

const watched = new Set<number>();
/** The one shell of this host: kept here because every transport of the host shares it. */
let shell: ChildProcess | undefined;
/** A shell that was lost is replaced, but not more often: where shells cannot live they must not be started without end. */
const restartMs = 1_000;

export const reaper: Reaper = {
  prepare: start,
  watch: (group) => {
    watched.add(group);
    if (shell === undefined) start();
    else tell(`watch ${group}`);
  },
  watches: (group) => watched.has(group),
  forget: (group) => {
    if (watched.delete(group)) tell(`forget ${group}`);
  },
};

function start(): void {
  if (!hasProcessGroups || shell !== undefined) return;
  // A host that may start no process has none that would be left behind.
  if (process.permission?.has("child") === false) return;
  const startedAt = performance.now();
  const child = spawn("/bin/sh", ["-c", script], {
    detached: true,
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    env: { PATH: process.env.PATH },
  });
  shell = child;
  // Where no shell can be started, plugins still see their session end; the next plugin tries again.
  child.on("error", () => {
    shell = undefined;
  });
  child.on("exit", () => {
    shell = undefined;
    setTimeout(start, Math.max(0, startedAt + restartMs - performance.now())).unref();
  });
  child.unref();
  // Missing where the host has no file descriptors left. What a dead shell was told, the next one is told again.
  const pipe = child.stdin as (Writable & { unref(): void }) | undefined;
  pipe?.on("error", () => {});
  pipe?.unref();
  for (const group of watched) tell(`watch ${group}`);
}

function tell(line: string): void {
  shell?.stdin?.write(`${line}\n`);
}
