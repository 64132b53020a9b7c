import type { HandshakeGuest } from "../transports/transport.js";
import { log } from "./log.js";
import { shared } from "./shared.js";

interface Interrupts {
  count: number;
  /** Of whom they are counted. A spare rehearses with a guest that is not its plugin's. */
  counted: HandshakeGuest | undefined;
  readonly listeners: Set<() => void>;
}

/** Interrupts are the plugin's, not a session's. */
const interrupts = shared<Interrupts>("interrupts", () => ({
  count: 0,
  counted: undefined,
  listeners: new Set(),
}));

/** How many interrupts the plugin has received and survived. */
export function interruptCount(): number {
  return interrupts.count;
}

/** Swallows and counts interrupts from now on, for the rest of the plugin's life. */
export function countInterrupts(guest: HandshakeGuest): void {
  if (interrupts.counted === guest) return;
  interrupts.counted = guest;
  guest.onInterrupt(() => {
    interrupts.count++;
    log(`Received interrupt signal (count: ${interrupts.count}). Ignoring.`);
    for (const listener of interrupts.listeners) listener();
  });
}

/** Calls the listener after each interrupt was counted, until the returned function is called. */
export function onInterruptCounted(listener: () => void): () => void {
  interrupts.listeners.add(listener);
  return () => void interrupts.listeners.delete(listener);
}
