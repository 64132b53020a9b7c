import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

/** PORTCALL_LOAD=full makes as many calls as the issue asks for. */
const calls = process.env.PORTCALL_LOAD === "full" ? 200_000 : 10_000;
const mebibyte = 1_048_576;

describe.each(["process", "thread"])("a soak of %s calls with callbacks", (transport) => {
  it("ends with the live channels and the memory that it began with, on both sides", async ({ signal }) => {
    const script = fileURLToPath(new URL("./fixtures/hosts/soak.js", import.meta.url));
    const args = ["--expose-gc", script, transport, String(calls)];
    const { stdout } = await promisify(execFile)(process.execPath, args, { signal });
    const { before, after } = JSON.parse(stdout);
    expect(after).toMatchObject({ callsInFlight: 0, liveChannels: 0, bufferedBytes: before.bufferedBytes });
    // A hundred bytes for each call, should they be kept, are a mebibyte at the least.
    expect(after.hosts - before.hosts).toBeLessThan(0.9 * mebibyte);
    expect(after.plugins - before.plugins).toBeLessThan(0.9 * mebibyte);
  });
});
