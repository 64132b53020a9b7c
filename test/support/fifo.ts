import { execFileSync } from "node:child_process";
import { closeSync, constants, openSync } from "node:fs";
import { onTestFinished } from "vitest";
import { temporaryPath } from "./files.js";

/** A FIFO. Whoever still waits for its writer when the test is over is let go. */
export function fifo(): string {
  const path = temporaryPath();
  execFileSync("mkfifo", [path]);
  onTestFinished(() => releaseReaders(path));
  return path;
}

/** Opens a FIFO for writing and closes it: its readers see its end. */
function releaseReaders(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK));
  } catch (error) {
    // Nobody reads it.
    if ((error as NodeJS.ErrnoException).code !== "ENXIO") throw error;
  }
}
