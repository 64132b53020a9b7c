// The plugin finds it loaded, where it uses this copy of portcall.
import "../src/plugin.js";
import { becomePlugin, forever, loadedAhead } from "../src/transports/warm/guest.js";
import type { ProcessTask } from "../src/transports/warm/messages.js";

// What the plugin's end of a socket loads when it is needed.
await Promise.all([import("node:net"), import("node:v8")]);
loadedAhead();

const ignore = () => {};
process.on("SIGINT", ignore);

/** Turns this spare process into a process that was started with the plugin as its entry. */
export default function run({ cwd, ...task }: ProcessTask): Promise<never> {
  process.chdir(cwd);
  process.off("SIGINT", ignore);
  leaveChannel();
  becomePlugin(task);
  return forever;
}

/** A plugin's process has no channel to its host. That this one's closes also tells the host that the spare is taken. */
function leaveChannel(): void {
  process.removeAllListeners("message");
  process.disconnect();
  const own = process as unknown as Record<string, unknown>;
  for (const name of ["send", "disconnect", "connected", "channel"]) delete own[name];
}
