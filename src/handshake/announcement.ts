import { PluginError } from "../errors.js";
import type { PluginAddress } from "../transports/transport.js";

/** A first line longer than this is no announcement; the host stops reading for one. In characters. */
export const longestAnnouncement = 4_096;

/** As much of a wrong line is quoted. In characters. */
const longestQuote = 1_024;

export function formatAnnouncement(apiVersion: string, address: string): string {
  return `${apiVersion}|${address}\n`;
}

/**
 * Reads a plugin's first line of stdout: `<version>|127.0.0.1:<port>`, outer white space ignored.
 * The host of the address may be left out (`1|:10000`), which means loopback, as it does to Go.
 *
 * Throws `ERR_ANNOUNCEMENT` for a line that is none or an address that is off the loopback, and `ERR_API_VERSION`.
 */
export function parseAnnouncement(line: string, apiVersion: string): PluginAddress {
  const text = line.trim();
  const bar = text.indexOf("|");
  if (bar < 0) {
    throw new PluginError(
      "ERR_ANNOUNCEMENT",
      `Unrecognized remote plugin message: ${clipped(text)}\nThe first line a plugin prints on stdout must be its announcement. ` +
        "Print nothing before serve(), and diagnostics on stderr.",
    );
  }
  const theirs = text.slice(0, bar);
  if (theirs !== apiVersion) {
    throw new PluginError(
      "ERR_API_VERSION",
      `Incompatible API version with plugin. Plugin version: ${theirs}, Ours: ${apiVersion}. ` +
        "Install a plugin and a host that speak the same version.",
    );
  }
  return parseAddress(text.slice(bar + 1), text);
}

/** A line that is no announcement may be anything, of any length. */
function clipped(text: string): string {
  return text.length > longestQuote ? `${text.slice(0, longestQuote)}…` : text;
}

function parseAddress(text: string, line: string): PluginAddress {
  const match = /^(127(?:\.\d{1,3}){3})?:(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? "127.0.0.1";
  const port = Number(match?.[2]);
  const octetsFit = host.split(".").every((octet) => Number(octet) <= 255);
  if (match === null || port < 1 || port > 65_535 || !octetsFit) throw addressError(text, line);
  return { text, host, port };
}

function addressError(text: string, line: string): PluginError {
  const goPlugin = /^\d+\|(tcp|unix)\|/.test(text);
  const remedy = goPlugin
    ? "This is the line of a go-plugin plugin, which needs a go-plugin host."
    : "A plugin must announce the loopback address it listens on, such as 127.0.0.1:10000.";
  return new PluginError(
    "ERR_ANNOUNCEMENT",
    `Invalid plugin address ${JSON.stringify(text)} in ${JSON.stringify(line)}. ${remedy}`,
  );
}
