import { PluginError } from "../errors.js";
import { processTransport } from "./process/host.js";
import { threadTransport } from "./thread/host.js";
import type { HandshakeTransport } from "./transport.js";
import { warmProcessTransport, warmThreadTransport } from "./warm/host.js";

const transports: Readonly<Record<string, () => HandshakeTransport>> = {
  process: () => processTransport(),
  thread: () => threadTransport(),
  "warm-thread": () => shared("warm-thread", warmThreadTransport),
  "warm-process": () => shared("warm-process", warmProcessTransport),
};

/** The warm transports that the environment asked for. Every plugin of this host is given its spare from the one supply. */
const warm = new Map<string, HandshakeTransport>();

function shared(name: string, make: () => HandshakeTransport): HandshakeTransport {
  const transport = warm.get(name) ?? make();
  warm.set(name, transport);
  return transport;
}

/**
 * The transport that `PORTCALL_TRANSPORT` names: `process` (also when it is unset or empty), `thread`,
 * `warm-thread` or `warm-process`. The warm ones are made once for all of this host.
 *
 * Throws `ERR_OPTION` for any other name.
 */
export function transportFromEnvironment(
  env: Readonly<Record<string, string | undefined>> = process.env,
): HandshakeTransport {
  const name = env.PORTCALL_TRANSPORT || "process";
  const make = Object.hasOwn(transports, name) ? transports[name] : undefined;
  if (make === undefined) {
    const known = Object.keys(transports).join(", ");
    throw new PluginError(
      "ERR_OPTION",
      `PORTCALL_TRANSPORT is ${JSON.stringify(name)}. It must be one of: ${known}.`,
    );
  }
  return make();
}
