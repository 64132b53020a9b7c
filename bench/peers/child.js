import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";

/**
 * Runs a module that listens and prints its port, as those under `far/` and `floors/` do, and connects.
 *
 * @param {string} file
 * @param {readonly string[]} [args]
 */
export async function connectedChild(file, args = []) {
  const child = spawn(process.execPath, [file, ...args], { stdio: ["ignore", "pipe", "inherit"] });
  const [line] = await once(child.stdout, "data");
  const socket = connect(Number(line), "127.0.0.1");
  socket.setNoDelay(true);
  await once(socket, "connect");
  const stop = async () => {
    const closed = once(child, "close");
    socket.destroy();
    child.kill("SIGKILL");
    await closed;
  };
  return { socket, stop };
}
