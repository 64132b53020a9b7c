import { execFile, spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { describe, expect, it } from "vitest";

const host = fileURLToPath(new URL("../fixtures/hosts/starved.js", import.meta.url));

/** What became of a plugin that was loaded without files, and of one after it. The host must end by itself. */
async function starved(transport: string, moment: "before" | "after") {
  const script = 'ulimit -n 128; exec "$0" "$@"';
  const args = ["-c", script, process.execPath, host, transport, "0", moment];
  const { stdout } = await promisify(execFile)("/bin/sh", args, { timeout: 30_000 });
  return JSON.parse(stdout);
}

describe.runIf(process.platform === "linux")("a host that has no file left to open", () => {
  it.each(["process", "thread", "warm-process", "warm-thread"])(
    "is told ERR_SPAWN, and starts the next when it has some again: %s",
    async (transport) => {
      expect(await starved(transport, "before")).toMatchObject({
        first: { code: "ERR_SPAWN", message: expect.stringContaining("EMFILE"), how: "never-started" },
        later: { code: "started", how: "killed" },
      });
    },
  );

  it("is told ERR_CONNECT by a process that it cannot connect to", async () => {
    expect(await starved("process", "after")).toMatchObject({
      first: { code: "ERR_CONNECT", message: expect.stringContaining("EMFILE"), how: "killed" },
      later: { code: "started" },
    });
  });
});

/** Node itself needs a dozen threads, and a user's are counted together: one of whom nothing runs. */
const nobody = 65_534;

/** This test's user must be root, and another one must reach this Node. */
function othersCanRunNode(): boolean {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return false;
  return spawnSync(process.execPath, ["-e", "0"], { uid: nobody, gid: nobody }).status === 0;
}

describe.runIf(othersCanRunNode())("a host whose user may start no more processes", () => {
  it.each(["process", "thread"])(
    "is told ERR_SPAWN, and starts the next when it may again: %s",
    async (transport) => {
      // Of dash, and of other shells.
      const script = 'ulimit -p 100 2>/dev/null || ulimit -u 100; exec "$0" "$@"';
      const args = ["-c", script, process.execPath, host, transport, "0", "before", "processes"];
      const options = { timeout: 30_000, uid: nobody, gid: nobody };
      const { stdout } = await promisify(execFile)("/bin/sh", args, options);
      expect(JSON.parse(stdout)).toMatchObject({
        first: { code: "ERR_SPAWN", message: expect.stringContaining("EAGAIN"), how: "never-started" },
        later: { code: "started", how: "killed" },
      });
    },
  );
});
