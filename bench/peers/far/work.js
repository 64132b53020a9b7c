import { createHash } from "node:crypto";
import { setTimeout as after } from "node:timers/promises";

const block = Buffer.alloc(256 * 1_024, "portcall");

/** @param {unknown} value */
export function echo(value) {
  return value;
}

/** About half a millisecond of the processor. */
export function compute() {
  return createHash("sha256").update(block).digest("hex");
}

/** What a plugin does that waits for somebody else. */
export async function wait() {
  await after(2);
  return "waited";
}
