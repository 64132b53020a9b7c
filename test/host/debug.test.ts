import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";

const host = fileURLToPath(new URL("../fixtures/hosts/debugs.js", import.meta.url));

it.each(["process", "thread"])(
  "prints the address of a %s plugin's inspector on the host's stderr",
  (name) => {
    const env = { ...process.env, PORTCALL_TRANSPORT: name };
    const { stdout, stderr, status } = spawnSync(process.execPath, [host], { env, encoding: "utf8" });
    expect(status).toBe(0);
    const lines = stderr.split("\n").filter((line) => line.startsWith("portcall: "));
    expect(lines).toEqual([
      expect.stringMatching(/^portcall: debug .*greeter\.js \(.*\) at ws:\/\/127\.0\.0\.1:\d+\/\S+$/),
    ]);
    expect(lines[0]).toContain(`(${stdout.trim()})`);
  },
);
