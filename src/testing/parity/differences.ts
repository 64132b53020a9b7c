import { isDeepStrictEqual } from "node:util";
import type { PluginExit } from "../../transports/transport.js";
import { type Mask, maskOf } from "./mask.js";
import type { ParityRun } from "./run.js";
import type { ParityTransport } from "./transports.js";

/** One thing that came out otherwise on a transport than on the first. Both sides are masked. */
export interface ParityDifference {
  readonly what: "result" | "error" | "stdout" | "stderr" | "exit";
  readonly transport: ParityTransport;
  /** What the first transport had; of an error its name, code and message, and undefined where there was none. */
  readonly expected: unknown;
  readonly actual: unknown;
}

/** Holds every run against the first. */
export function parityDifferences(
  runs: readonly ParityRun[],
  ofCaller: (text: string) => string,
): ParityDifference[] {
  const mask = maskOf(runs, ofCaller);
  const [first, ...others] = runs.map((run) => ({ transport: run.transport, seen: seenOf(run, mask) }));
  if (first === undefined) return [];
  return others.flatMap(({ transport, seen }) =>
    aspects(first.seen, seen)
      .filter((what) => !isDeepStrictEqual(first.seen[what], seen[what]))
      .map((what) => ({ what, transport, expected: first.seen[what], actual: seen[what] })),
  );
}

type Seen = Readonly<Record<ParityDifference["what"], unknown>>;

function seenOf({ outcome, stdout, stderr, exit }: ParityRun, mask: Mask): Seen {
  return {
    result: outcome.how === "returned" ? mask.value(outcome.result) : undefined,
    error: outcome.how === "threw" ? (mask.error(outcome.error) ?? "undefined was thrown") : undefined,
    stdout: mask.text(stdout),
    stderr: mask.text(stderr),
    exit: endOf(exit, mask.error),
  };
}

/** Without the tail of stderr, which is compared in full. */
function endOf({ stderrTail: _, ...exit }: PluginExit, maskError: (error: unknown) => unknown): unknown {
  return "error" in exit ? { ...exit, error: maskError(exit.error) } : exit;
}

/** Where one of them threw there is one difference, not two. */
function aspects(first: Seen, other: Seen): ParityDifference["what"][] {
  const threw = first.error !== undefined || other.error !== undefined;
  return [threw ? "error" : "result", "stdout", "stderr", "exit"];
}
