import type { Socket } from "node:net";
import { processTransport } from "portcall";
import { describe, expect, it } from "vitest";
import type { Loaded } from "../../contract/load.js";
import { load, rejection } from "../../support/load.js";
import { attackedHost, wirePairs } from "../../support/raw-session.js";

const mebibyte = 1_048_576;

/** Counts what a socket hands to the system from now on. */
function countWrites(socket: Socket): () => number {
  let writes = 0;
  const { _write, _writev } = socket;
  socket._write = (...args) => {
    writes++;
    _write.apply(socket, args);
  };
  socket._writev = (...args) => {
    writes++;
    _writev?.apply(socket, args);
  };
  return () => writes;
}

describe("a process plugin's socket", () => {
  it("is written to once for all calls of one tick, whatever they carry", async () => {
    const { session, near, plugin } = await attackedHost(
      wirePairs.socket as NonNullable<typeof wirePairs.socket>,
    );
    const writes = countWrites(near as Socket);
    const args = [1, "text", { at: new Date(0) }, () => {}, Buffer.alloc(100), 1n, new Uint8Array(100_000)];
    for (let i = 0; i < 100; i++) session.call("it.call", [args[i % args.length]]).catch(() => {});
    expect(writes()).toBe(0);
    await plugin.hear(([, kind, id]) => kind === 0 && id === 100);
    expect(writes()).toBe(1);
    session.end();
  });

  it("keeps no more than maxMessageBytes for a plugin that was stopped, which answers all when it goes on", async () => {
    const plugin = await load<Loaded>("loaded.js", {
      transport: processTransport(),
      maxMessageBytes: 4 * mebibyte,
    });
    const pid = Number((await plugin.describe()).id.replace("pid ", ""));
    const { loaded } = plugin.components;
    process.kill(pid, "SIGSTOP");
    const outcomes = Array.from({ length: 30 }, () =>
      loaded.size(new Uint8Array(mebibyte)).catch(({ code }) => code),
    );
    expect(plugin.diagnostics().bufferedBytes).toBeLessThan(8 * mebibyte);
    expect(await rejection(loaded.size("more"))).toMatchObject({ code: "ERR_BACKPRESSURE" });
    process.kill(pid, "SIGCONT");
    const settled = await Promise.all(outcomes);
    expect(settled.filter((outcome) => outcome === mebibyte).length).toBeGreaterThan(3);
    expect(new Set(settled)).toEqual(new Set([mebibyte, "ERR_BACKPRESSURE"]));
    await expect.poll(() => loaded.size("goes on").catch(({ code }) => code)).toBe(7);
  });
});
