import { PluginError } from "../errors.js";
import { processTransport } from "./process/host.js";
import { threadTransport } from "./thread/host.js";
import type { HandshakeTransport } from "./transport.js";

const transports: Readonly<Record<string, () => HandshakeTransport>> = {
  process: () => processTransport(),
  thread: () => threadTransport(),
};

/**
 * The transport that `PORTCALL_TRANSPORT` names: `process` (also when it is unset or empty) or `thread`.
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
