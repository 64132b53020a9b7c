import type { HandshakeGuest } from "../transports/transport.js";
import { log } from "./log.js";

/** Interrupts are the plugin's, not a session's. */
let count = 0;
/** Of whom they are counted. A spare rehearses with a guest that is not its plugin's. */
let counted: HandshakeGuest | undefined;
const listeners = new Set<() => void>();

/** How many interrupts the plugin has received and survived. */
export function interruptCount(): number {
  return count;
}

/** Swallows and counts interrupts from now on, for the rest of the plugin's life. */
export function countInterrupts(guest: HandshakeGuest): void {
  if (counted === guest) return;
  counted = guest;
  guest.onInterrupt(() => {
    count++;
    log(`Received interrupt signal (count: ${count}). Ignoring.`);
    for (const listener of listeners) listener();
  });
}

/** Calls the listener after each interrupt was counted, until the returned function is called. */
export function onInterruptCounted(listener: () => void): () => void {
  listeners.add(listener);
  return () => void listeners.delete(listener);
}
