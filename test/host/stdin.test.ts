import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { describe, expect, it, onTestFinished } from "vitest";

const host = fileURLToPath(new URL("../fixtures/hosts/inherit-stdin.js", import.meta.url));

function startHost(transport: string, ...args: string[]) {
  const env = { ...process.env, PORTCALL_TRANSPORT: transport };
  const child = spawn(process.execPath, [host, ...args], { env, stdio: ["pipe", "pipe", "inherit"] });
  onTestFinished(() => void child.kill("SIGKILL"));
  let printed = "";
  child.stdout.on("data", (chunk) => {
    printed += chunk;
  });
  return { child, printed: () => printed, ended: once(child, "close") };
}

describe.each(["process", "thread"])('stdin "inherit" in a host whose plugins are a %s', (transport) => {
  it("gives the plugin all that the host is fed", async () => {
    const { child, printed, ended } = startHost(transport);
    const bytes = Buffer.from([0, 255, 10, 13, 128, 65]);
    child.stdin.end(bytes);
    expect(await ended).toEqual([0, null]);
    expect(printed()).toBe(`${bytes.toString("hex")}\nkilled\n`);
  });

  it("does not keep the host from ending once its plugin has, while its stdin stays open", async () => {
    const { printed, ended } = startHost(transport, "leave");
    expect(await ended).toEqual([0, null]);
    expect(printed()).toBe("killed\n");
  });
});
