import { writeFileSync } from "node:fs";
import { processTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { watchdog } from "../../src/host/watchdog.js";
import { warnings } from "../contract/watchdog.js";
import type { Ender } from "../support/ender.js";
import { temporaryPath } from "../support/files.js";
import { load } from "../support/load.js";

const block = (ms: number) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);

describe("watchdog", () => {
  it("tells of a silence once, and of its end", async () => {
    let answer = () => {};
    const pings: number[] = [];
    const told: string[] = [];
    await new Promise<void>((resolve) => {
      const end = watchdog(
        {
          ping: () => {
            pings.push(told.length);
            return new Promise((answered) => {
              answer = answered;
            });
          },
          silent: () => {
            told.push("silent");
            // Long after it was told, it was told once.
            setTimeout(() => answer(), 100);
          },
          answered: (silentMs) => {
            told.push(silentMs >= 20 ? "answered" : `answered after ${silentMs} ms`);
            end();
            resolve();
          },
        },
        20,
      );
    });
    expect(told).toEqual(["silent", "answered"]);
    expect(pings).toEqual([0]);
  });

  it("does not take for silence what this host could not hear", async () => {
    const told: string[] = [];
    let answered = 0;
    const end = watchdog(
      {
        // An answer that waits to be heard, as one in a socket does.
        ping: () => new Promise((resolve) => void setImmediate(resolve)).then(() => void answered++),
        silent: () => void told.push("silent"),
        answered: () => void told.push("answered"),
      },
      50,
    );
    while (answered < 5) {
      block(200);
      await new Promise((resolve) => void setImmediate(resolve));
    }
    end();
    expect(told).toEqual([]);
  });

  it("tells nothing and pings no more once it is ended, whatever becomes of its ping", async () => {
    const told: string[] = [];
    let pings = 0;
    let answer = () => {};
    const end = await new Promise<() => void>((resolve) => {
      const stop = watchdog(
        {
          ping: () => {
            pings++;
            return new Promise((answered) => {
              answer = answered;
            });
          },
          silent: () => resolve(stop),
          answered: () => void told.push("answered"),
        },
        10,
      );
    });
    end();
    answer();
    await new Promise((resolve) => void setTimeout(resolve, 50));
    expect({ told, pings }).toEqual({ told: [], pings: 1 });
  });
});

describe("a plugin whose inspector is open", () => {
  it("is left alone: a debugger may have paused it", async () => {
    const options = { transport: processTransport(), unresponsiveAfterMs: 300 };
    const [one, other] = [warnings(), warnings()];
    const inspected = await load<Ender>("ender.js", {
      ...options,
      logger: one.logger,
      execArgv: ["--inspect=127.0.0.1:0"],
      onUnresponsive: "kill",
    });
    const plain = await load<Ender>("ender.js", { ...options, logger: other.logger });
    const path = temporaryPath();
    const spinning = [inspected.components.ender.spinUntil(path), plain.components.ender.spinUntil(path)];
    await other.next();
    writeFileSync(path, "");
    await Promise.all(spinning);
    await other.next();
    expect(one.seen).toEqual([]);
    expect(inspected.hasExited).toBe(false);
  });
});
