import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { onTestFinished } from "vitest";
import { until } from "./processes.js";

/** A path that nothing is at yet, in a folder that is gone when the test is over. */
export function temporaryPath(): string {
  const folder = mkdtempSync(join(tmpdir(), "portcall-test-"));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return join(folder, "file");
}

/** The whole lines of a file; none while it is not there. */
export function linesOf(path: string): string[] {
  try {
    return readFileSync(path, "utf8").split("\n").slice(0, -1);
  } catch {
    return [];
  }
}

/** Waits until a file has that many lines, each a number, and returns them. */
export async function numbersIn(path: string, count: number): Promise<number[]> {
  await until(`${count} lines in a file`, () => linesOf(path).length >= count);
  return linesOf(path).map(Number);
}
