import { createServer } from "node:net";
import { createInterface } from "node:readline";
import type { HandshakeTransport, LaunchRequest, RunningPlugin } from "portcall";

/** A transport that does what it wraps, and keeps what it launched. */
export interface WatchedTransport extends HandshakeTransport {
  readonly requests: readonly LaunchRequest[];
  readonly launched: readonly RunningPlugin[];
}

export function watched(transport: HandshakeTransport): WatchedTransport {
  const requests: LaunchRequest[] = [];
  const launched: RunningPlugin[] = [];
  return {
    name: transport.name,
    requests,
    launched,
    launch: (request) => {
      requests.push(request);
      const running = transport.launch(request);
      launched.push(running);
      return running;
    },
  };
}

/** The lines of a plugin's stdout, as they come. */
export function stdoutLines(running: RunningPlugin): AsyncIterator<string> {
  return createInterface({ input: running.stdout })[Symbol.asyncIterator]();
}

/** The first line of a launched plugin's stdout. Rejects when it ends without one. */
export async function firstLine(running: RunningPlugin): Promise<string> {
  const { value, done } = await stdoutLines(running).next();
  if (done) throw new Error("the plugin printed no line");
  return value;
}

/** The port of an announcement. */
export function announcedPort(line: string): number {
  const port = /^1\|127\.0\.0\.1:(\d+)$/.exec(line)?.[1];
  if (port === undefined) throw new Error(`no announcement: ${line}`);
  return Number(port);
}

/** Below the ports that the system hands out, above those that plugins take by default; each test process has its own. */
let lastPort = 25_100 + ((process.pid * 32) % 7_000);

/** The first of so many ports in a row that nobody listens on. */
export async function freePorts(count: number): Promise<number> {
  for (;;) {
    const first = lastPort + 1;
    lastPort += count;
    const free = await Promise.all(Array.from({ length: count }, (_, i) => isFree(first + i)));
    if (free.every(Boolean)) return first;
  }
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen({ port, host: "127.0.0.1" }, () => server.close(() => resolve(true)));
  });
}
