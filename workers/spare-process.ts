import { keepToParity } from "../src/guest/parity.js";
import { becomePlugin, forever, loadedAhead } from "../src/transports/warm/guest.js";
import type { ProcessTask } from "../src/transports/warm/messages.js";
import { rehearse } from "./rehearsal.js";

// The plugin finds what this loads loaded, where it uses this copy of portcall, and what its end of a socket needs.
await Promise.all([rehearse(), listenOnce(), import("node:v8")]);
loadedAhead();

const ignore = () => {};
process.on("SIGINT", ignore);

/** Turns this spare process into a process that was started with the plugin as its entry. */
export default function run({ cwd, ...task }: ProcessTask): Promise<never> {
  process.chdir(cwd);
  process.off("SIGINT", ignore);
  leaveChannel();
  becomePlugin(task);
  keepToParity();
  return forever;
}

/**
 * A plugin's process has no channel to its host, and what was preloaded hears neither of one nor of its end. That this
 * one's closes also tells the host that the spare is taken.
 */
function leaveChannel(): void {
  process.removeAllListeners("message");
  process.removeAllListeners("disconnect");
  process.disconnect();
  const own = process as unknown as Record<string, unknown>;
  for (const name of ["send", "disconnect", "connected", "channel"]) delete own[name];
}

/** What Node runs first when a server listens is compiled then. */
async function listenOnce(): Promise<void> {
  const { connect, createServer } = await import("node:net");
  const server = createServer((socket) => void socket.on("error", () => {}).end("hello"));
  await new Promise<void>((resolve) => {
    server.once("error", () => resolve());
    server.listen({ port: 0, host: "127.0.0.1" }, () => {
      const { port } = server.address() as { port: number };
      const socket = connect({ port, host: "127.0.0.1" }).on("error", () => resolve());
      socket.on("close", () => resolve()).on("data", () => socket.end());
    });
  });
  server.close();
}
