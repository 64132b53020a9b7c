import { PluginError } from "../errors.js";
import type { Wire, WireEnd } from "../transports/transport.js";

/**
 * Who may connect. The host put a fresh secret in the plugin's environment: it presents the first half, the plugin
 * answers with the second, and nothing else is said before. A secret is good for one session.
 */

/** Bytes of a whole secret; it travels as hex, in two halves of 128 bits. */
export const secretBytes = 32;

/**
 * The host's side: presents its half and waits for the plugin's. Resolves with the wire open.
 * Rejects with `ERR_AUTHENTICATION` when the answer is wrong, `ERR_CONNECT` when the connection ends first.
 */
export function provePlugin(wire: Wire, secret: string, maxMessageBytes: number): Promise<void> {
  const [ours, theirs] = halves(secret);
  return new Promise((resolve, reject) => {
    onFirstMessage(wire, (answer) => {
      if (sameText(answer, theirs)) {
        wire.open(maxMessageBytes);
        resolve();
      } else {
        wire.close();
        reject(notThePlugin());
      }
    });
    void wire.closed.then((end) => reject(endedEarly(end)));
    wire.postMessage(ours);
  });
}

/**
 * The plugin's side: lets in the one connection that knows the host's half, and drops the others without a word.
 * With no secret, the first connection is the host's, as in the original.
 */
export function admitHost(
  wire: Wire,
  secret: string | undefined,
  maxMessageBytes: number,
  admit: (wire: Wire) => void,
): void {
  if (secret === undefined) {
    wire.open(maxMessageBytes);
    admit(wire);
    return;
  }
  const [theirs, ours] = halves(secret);
  onFirstMessage(wire, (claim) => {
    if (!sameText(claim, theirs)) {
      wire.close();
      return;
    }
    wire.postMessage(ours);
    wire.open(maxMessageBytes);
    admit(wire);
  });
}

/** Calls back in the turn in which the message arrives, so that the next one already meets an open wire. */
function onFirstMessage(wire: Wire, listener: (data: unknown) => void): void {
  const once = ({ data }: { readonly data: unknown }) => {
    wire.removeEventListener("message", once);
    listener(data);
  };
  wire.addEventListener("message", once);
}

function halves(secret: string): [hosts: string, plugins: string] {
  const middle = secret.length / 2;
  return [secret.slice(0, middle), secret.slice(middle)];
}

/** Takes as long for a nearly right text as for a wrong one; `node:crypto` would slow every plugin's start. */
export function sameText(theirs: unknown, ours: string): boolean {
  if (typeof theirs !== "string" || theirs.length !== ours.length) return false;
  let difference = 0;
  for (let i = 0; i < ours.length; i++) difference |= theirs.charCodeAt(i) ^ ours.charCodeAt(i);
  return difference === 0;
}

/** Bytes that are no answer at all come from somebody else; a connection that just ends may still be the plugin's. */
function endedEarly(end: WireEnd): PluginError {
  const cause = end.how === "failed" ? end.error : undefined;
  return cause instanceof PluginError ? notThePlugin(cause) : closedEarly(cause);
}

function notThePlugin(cause?: Error): PluginError {
  return new PluginError(
    "ERR_AUTHENTICATION",
    "What listens on the announced port is not the plugin: it does not know the secret. Another program may have taken the port.",
    { cause },
  );
}

function closedEarly(cause: Error | undefined): PluginError {
  return new PluginError(
    "ERR_CONNECT",
    "The plugin closed the connection before it proved itself. It may be full, ending, or speak another dialect of the handshake.",
    { cause },
  );
}
