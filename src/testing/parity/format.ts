import { inspect } from "node:util";
import type { ParityDifference } from "./differences.js";

/** What differs, in words: a line for a person, then both sides. */
export function formatReport(names: readonly string[], differences: readonly ParityDifference[]): string {
  const [first, ...others] = names;
  if (differences.length === 0) return `${others.join(", ")}: no difference from ${first}.`;
  const lines = differences.map(
    ({ what, transport, expected, actual }) =>
      `${transport} differs from ${first} in its ${what}:\n${side(`  ${first}: `, expected)}\n${side(`  ${transport}: `, actual)}`,
  );
  return lines.join("\n");
}

function side(name: string, value: unknown): string {
  return `${name}${inspect(value, { depth: 6 }).replaceAll("\n", "\n    ")}`;
}
