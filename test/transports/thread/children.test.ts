import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type PluginOptions, threadTransport } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { reaper } from "../../../src/transports/reaper.js";
import { threadChildren } from "../../../src/transports/thread/children.js";
import { possibleChildren } from "../../../src/transports/thread/unreported.js";
import { processesWith } from "../../soak/inventory.js";
import { temporaryFolder } from "../../support/folders.js";
import { load } from "../../support/load.js";
import { isAlive } from "../../support/processes.js";
import { textSink } from "../../support/text-sink.js";
import { until } from "../../support/until.js";

interface Spawner {
  spawner: {
    spawnAll(count: number): void;
    fail(command: string, args: readonly string[]): string;
    spinAtSpawn(command: string): never;
  };
}

/** A child of this process that leads a group, and is no plugin's business. */
function ownChild(command: string, args: readonly string[] = []): ChildProcess & { readonly pid: number } {
  const child = spawn(command, args, { detached: true, stdio: "ignore" });
  onTestFinished(() => void child.kill("SIGKILL"));
  return child as ChildProcess & { readonly pid: number };
}

/** Ends a child by a signal that nobody else would send: had it been forced before, that would be its end. */
async function endOf(child: ChildProcess): Promise<unknown> {
  child.kill("SIGUSR2");
  const [, signal] = await once(child, "exit");
  return signal;
}

const spawner = (options: PluginOptions = {}) =>
  load<Spawner>("spawner.js", { transport: threadTransport(), killGraceMs: 0, ...options });

describe.runIf(process.platform === "linux")(
  "a thread that is ended while the system starts a child of its",
  () => {
    it("leaves none, though it could not tell of that one", async () => {
      const mark = `PORTCALL_SPAWNER=${process.pid}`;
      for (let round = 0; round < 10; round++) {
        const plugin = await spawner({ env: { PORTCALL_SPAWNER: String(process.pid) } });
        const spawning = plugin.components.spawner.spawnAll(200).catch((error) => error);
        await until(() => processesWith(mark).length > round % 4);
        await plugin.kill();
        expect(await spawning).toMatchObject({ code: "ERR_PLUGIN_EXITED" });
        await until(() => processesWith(mark).length === 0);
      }
    });

    it("leaves alone the host's children that run another command", async () => {
      const stderr = textSink();
      const plugin = await spawner({ stderr: stderr.stream });
      plugin.components.spawner.spinAtSpawn("cat").catch(() => {});
      await stderr.has("spinning");
      const own = ownChild("sleep", ["60"]);
      await plugin.kill();
      expect(await endOf(own)).toBe("SIGUSR2");
    });
  },
);

it("a thread that could not start a child has none: at its end the host's own that runs the same is left alone", async () => {
  const plugin = await spawner();
  expect(await plugin.components.spawner.fail("sleep", ["60"])).toBe("E2BIG");
  const own = ownChild("sleep", ["60"]);
  await plugin.kill();
  expect(await endOf(own)).toBe("SIGUSR2");
});

describe.runIf(process.platform === "linux")("a child that was not told of", () => {
  const now = () => Number(process.hrtime.bigint()) / 1e9;

  it("is known by its command line, by its group, and by its time", () => {
    const since = now();
    const { pid } = ownChild("sleep", ["60.5"]);
    const like = (file: string, args: readonly string[], from = since) =>
      possibleChildren({ file, args, since: from }).includes(pid);
    expect(like("sleep", ["sleep", "60.5"])).toBe(true);
    expect(like("sleep", ["sleep", "60"])).toBe(false);
    expect(like("sleep", ["sleep"])).toBe(false);
    expect(like("date", ["date"])).toBe(false);
    expect(like("60.5", ["60.5"])).toBe(false);
    expect(like("sleep", ["sleep", "60.5"], since + 1)).toBe(false);
    const inOurGroup = spawn("sleep", ["61"], { stdio: "ignore" });
    onTestFinished(() => void inOurGroup.kill("SIGKILL"));
    expect(possibleChildren({ file: "sleep", args: ["sleep", "61"], since })).toEqual([]);
  });

  it("is known where it is a script, whose interpreter's words come first", () => {
    const folder = temporaryFolder();
    const name = "waits-for-portcall";
    const script = join(folder, name);
    writeFileSync(script, "#!/bin/sh\nread -r line\n");
    chmodSync(script, 0o755);
    const since = now();
    const byName = spawn(name, ["é"], { detached: true, env: { PATH: folder } });
    const byPath = spawn(script, ["two"], { detached: true });
    onTestFinished(() => [byName, byPath].forEach((child) => void child.kill("SIGKILL")));
    const found = (file: string, word: string) => possibleChildren({ file, args: [file, word], since });
    expect(found(name, "é")).toEqual([byName.pid]);
    expect(found(script, "two")).toEqual([byPath.pid]);
    expect(found("portcall", "two")).toEqual([]);
  });
});

describe.skipIf(process.platform === "win32")("a group whose leader has ended", () => {
  it("is forgotten when the rest of it has ended, too", async () => {
    const children = threadChildren();
    const leader = spawn("sh", ["-c", "cat <&3 & echo $!"], {
      detached: true,
      stdio: ["ignore", "pipe", "ignore", "pipe"],
    });
    const pid = leader.pid as number;
    onTestFinished(() => children.end());
    children.hear({ type: "child", pid });
    const [rest] = await once(leader.stdout as NonNullable<typeof leader.stdout>, "data");
    await once(leader, "exit");
    children.hear({ type: "child-gone", pid });
    expect(isAlive(Number(rest))).toBe(true);
    expect(reaper.watches(pid)).toBe(true);
    leader.stdio[3]?.destroy();
    await until(() => !reaper.watches(pid));
  });

  it("is not ended where its number is another's by now", async () => {
    const children = threadChildren();
    const other = ownChild("sleep", ["60"]);
    const { pid } = other;
    children.hear({ type: "child", pid });
    // What the host sees when a leader has ended, its group too, and a new process got the number.
    children.hear({ type: "child-gone", pid });
    children.end();
    expect(await endOf(other)).toBe("SIGUSR2");
  });
});
