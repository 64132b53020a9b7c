import { fileURLToPath } from "node:url";
import { type HandshakeTransport, type LaunchRequest, packerHandshake, type RunningPlugin } from "portcall";
import { onTestFinished } from "vitest";
import { fixture } from "./load.js";

/** Launches a fixture without a host that shakes hands with it, and stops it when the test is over. */
export function launch(
  transport: HandshakeTransport,
  name: string,
  request: Partial<LaunchRequest> = {},
): RunningPlugin {
  const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;
  const running = transport.launch({
    target: { kind: "module", path: fileURLToPath(fixture(name)) },
    args: [],
    env: { [cookieKey]: cookieValue, [minPortKey]: "0", [maxPortKey]: "0" },
    execArgv: [],
    cwd: undefined,
    stdin: "ignore",
    limits: {},
    debug: false,
    ...request,
  });
  onTestFinished(async () => void (await running.stop(0)));
  return running;
}

/** Reads what a launched plugin writes to stderr. */
export function keepStderr(running: RunningPlugin): () => string {
  let text = "";
  running.stderr.on("data", (chunk: Buffer) => {
    text += chunk.toString();
  });
  return () => text;
}
