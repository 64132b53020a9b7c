import { PluginError } from "../errors.js";
import type { PortRange } from "../transports/transport.js";

export const defaultPorts: PortRange = { min: 10_000, max: 25_000 };

const highestPort = 65_535;

/**
 * Reads a port as the original does: a signed decimal 32-bit integer, not trimmed, `+` allowed, no default
 * (strconv.ParseInt of Go). Then, unlike the original, refuses what no port can be.
 *
 * Throws `ERR_PORT_RANGE`.
 */
export function parsePort(name: string, text: string | undefined): number {
  const quoted = JSON.stringify(text ?? "");
  if (!/^[+-]?[0-9]+$/.test(text ?? "")) {
    throw portError(`${name} is no port: parsing ${quoted}: invalid syntax`);
  }
  // A negative zero is a zero.
  const port = Number(text) + 0;
  if (port < -(2 ** 31) || port > 2 ** 31 - 1) {
    throw portError(`${name} is no port: parsing ${quoted}: value out of range`);
  }
  return checkPort(name, port);
}

/** Refuses a range that no plugin can listen in. Throws `ERR_PORT_RANGE`. */
export function checkPortRange({ min, max }: PortRange, names: { min: string; max: string }): PortRange {
  checkPort(names.min, min);
  checkPort(names.max, max);
  if (min > max)
    throw portError(`the port range ${min} to ${max} is empty: ${names.min} is above ${names.max}`);
  return { min, max };
}

export function noFreePort({ min, max }: PortRange): PluginError {
  const range = min === max ? `port ${min} is not` : `none of the ports ${min} to ${max} is`;
  return new PluginError(
    "ERR_NO_FREE_PORT",
    `No free port: ${range} free on 127.0.0.1. Give the plugin a wider range.`,
  );
}

function checkPort(name: string, port: number): number {
  if (!Number.isInteger(port) || port < 0 || port > highestPort) {
    throw portError(
      `${name} is no port: ${port} is out of range, it must be a whole number from 0 to ${highestPort}`,
    );
  }
  return port;
}

function portError(what: string): PluginError {
  return new PluginError("ERR_PORT_RANGE", `${what}. The host must pass a range such as 10000 to 25000.`);
}
