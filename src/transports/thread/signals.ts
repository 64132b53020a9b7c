import type { ToHost } from "./messages.js";

type Tell = (message: ToHost) => void;
type Numbers = Readonly<Record<string, number>>;

/** The same on every system. */
const common: Numbers = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };
/** Node ignores a SIGPIPE. The others a system ignores where nobody listens. */
const ignored = ["SIGPIPE", "SIGCHLD", "SIGCONT", "SIGURG", "SIGWINCH"];
/** What stops a process, or makes Node open its inspector: there is nothing of that kind in a thread. */
const otherwise = ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU", "SIGUSR1"];

/** A signal does what it does in a process: it reaches its listeners, and ends a plugin that has none. */
export function receiveSignal(signal: string, number: number, tell: Tell): void {
  if ((process as NodeJS.EventEmitter).emit(signal, signal, number)) return;
  tell({ type: "signalled", signal });
  process.removeAllListeners("exit");
  process.exit(128 + number);
}

/** What files that are being opened and closed may keep a signal from ending the plugin. */
const openingNs = 200_000_000n;

/**
 * What the host sends. What would end the plugin while it opens or closes a file, as it does while it loads, comes a
 * moment later: Node would never close that file.
 */
export function receiveHostSignal(
  signal: "SIGINT" | "SIGTERM",
  tell: Tell,
  since: bigint = process.hrtime.bigint(),
): void {
  const isLate = process.hrtime.bigint() - since >= openingNs;
  if (process.listenerCount(signal) === 0 && hasHalfOpenFile() && !isLate) {
    setImmediate(receiveHostSignal, signal, tell, since);
    return;
  }
  receiveSignal(signal, common[signal] as number, tell);
}

function hasHalfOpenFile(): boolean {
  return process.getActiveResourcesInfo().some((name) => /^(FSReq|CloseReq|FileHandleCloseReq)/.test(name));
}

/**
 * What a plugin sends to its own pid arrives as in a process, instead of at its host, whose pid it is: programs send
 * themselves the signal once more that they have cleaned up after.
 */
export function receiveOwnSignals(tell: Tell): void {
  const { kill } = process;
  process.kill = (pid, signal = "SIGTERM") => {
    const [name, number] = toItself(pid) ? lookUp(signal) : [];
    if (name === undefined || number === undefined) return kill.call(process, pid, signal);
    const listened = process.listenerCount(name) > 0 && name !== "SIGKILL" && name !== "SIGSTOP";
    if (otherwise.includes(name) && !listened) return kill.call(process, pid, signal);
    if (listened) setImmediate(receiveSignal, name, number, tell);
    else if (!ignored.includes(name)) receiveSignal(name, number, tell);
    return true;
  };
}

function toItself(pid: unknown): boolean {
  return Number(pid) === process.pid;
}

/** The system's other signals are looked up when one is sent: to load them would be part of every start. */
function lookUp(signal: string | number): readonly [name: string, number: number] | readonly [] {
  const { constants } = process.getBuiltinModule?.("node:os") ?? { constants: { signals: {} } };
  const all: Numbers = { ...common, ...constants.signals };
  return Object.entries(all).find((entry) => entry.includes(signal)) ?? [];
}
