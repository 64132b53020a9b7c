import { processGuest } from "./process/guest.js";
import type { HandshakeGuest } from "./transport.js";

const installed = Symbol.for("portcall.guest.1");

/**
 * The plugin's end of whatever runs it: the guest that was installed under `Symbol.for("portcall.guest.1")` before the
 * plugin's first line, or the one of a process of its own.
 */
export function currentGuest(): HandshakeGuest {
  const holder = globalThis as { [installed]?: HandshakeGuest };
  holder[installed] ??= processGuest();
  return holder[installed];
}
