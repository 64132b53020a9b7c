import type { MessagePort } from "node:worker_threads";
import type { PortRange } from "../transport.js";

/** Where a system hands out ports of its own choice from; here too, for port 0. */
const firstEphemeral = 49_152;
const highestPort = 65_535;

/** Opens a connection to whoever claimed a port, and returns the caller's end. */
export type Connector = () => MessagePort;

/** The virtual ports of this host: shared by all its threads, as real ports are by all processes of a machine. */
const claims = new Map<number, Connector>();

/** Claims the first free port of the range, ascending; port 0 stands for any free one. */
export function claimPort({ min, max }: PortRange, connector: Connector): number | undefined {
  for (let port = min; port <= max; port++) {
    const free = port === 0 ? firstFree(firstEphemeral, highestPort) : firstFree(port, port);
    if (free === undefined) continue;
    claims.set(free, connector);
    return free;
  }
  return undefined;
}

export function releasePort(port: number): void {
  claims.delete(port);
}

/** `undefined` where nobody listens. */
export function connectorOf(port: number): Connector | undefined {
  return claims.get(port);
}

function firstFree(from: number, to: number): number | undefined {
  for (let port = from; port <= to; port++) if (!claims.has(port)) return port;
  return undefined;
}
