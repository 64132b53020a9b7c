import { PluginError } from "../errors.js";
import { admitHost } from "../handshake/authentication.js";
import type { Invitation } from "../handshake/environment.js";
import type { HandshakeGuest, Listener, Wire } from "../transports/transport.js";

/** Connections that have not proven themselves; a further one drops the oldest, so that idle ones keep nobody out. */
const mostCandidates = 16;

/**
 * Waits for the one connection that is the host's, and closes the listener: whoever comes later is refused.
 *
 * Rejects with `ERR_ACCEPT_TIMEOUT` when nobody proves to be the host in time, or the host is gone, and with
 * `ERR_ABORTED` when the plugin is asked to end.
 */
export async function acceptHost(
  listener: Listener,
  invitation: Invitation,
  guest: HandshakeGuest,
  timeoutMs: number,
): Promise<Wire> {
  const candidates = new Set<Wire>();
  let timer: NodeJS.Timeout | undefined;
  try {
    return await new Promise<Wire>((resolve, reject) => {
      const late = () => reject(acceptTimeout(`no host connected within ${timeoutMs} ms`));
      timer = invitation.debug ? undefined : setTimeout(late, timeoutMs);
      void guest.hostGone.then(() => reject(acceptTimeout("the host is gone")));
      void guest.stopRequested.then(() =>
        reject(new PluginError("ERR_ABORTED", "The plugin was asked to end before its host connected.")),
      );
      listener.onConnection((wire) => {
        candidates.add(wire);
        void wire.closed.then(() => candidates.delete(wire));
        if (candidates.size > mostCandidates) candidates.values().next().value?.close();
        admitHost(wire, invitation.secret, invitation.maxMessageBytes, (admitted) => {
          candidates.delete(admitted);
          resolve(admitted);
        });
      });
    });
  } finally {
    clearTimeout(timer);
    listener.close();
    for (const wire of candidates) wire.close();
  }
}

function acceptTimeout(what: string): PluginError {
  return new PluginError("ERR_ACCEPT_TIMEOUT", `Error accepting connection: ${what}. The plugin ends.`);
}
