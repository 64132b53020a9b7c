import type { HandshakeTransport, LaunchRequest, RunningPlugin } from "portcall";
import { onTestFinished } from "vitest";
import { launchRequest } from "../../src/testing/contract/support.js";
import { fixture } from "./load.js";

/** Launches a fixture without a host that shakes hands with it, and stops it when the test is over. */
export function launch(
  transport: HandshakeTransport,
  name: string,
  request: Partial<LaunchRequest> = {},
): RunningPlugin {
  const running = transport.launch(launchRequest(fixture(name), request));
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
