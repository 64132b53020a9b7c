import type { PluginExit } from "../transports/transport.js";

/** A client as its keeper knows it. */
interface Managed {
  kill(): Promise<PluginExit>;
  readonly exited: Promise<PluginExit>;
}

/** The managed clients of this host that have not ended. Global because `cleanupClients()` is: it ends them all. */
const clients = new Set<Managed>();

/** Keeps a client until it has ended. */
export function manage(client: Managed): void {
  clients.add(client);
  void client.exited.then(() => clients.delete(client));
}

/**
 * Kills every client made with `managed: true`, in parallel, one that is still starting too. Never rejects; may be
 * called again. A client that was never started cannot be started afterwards.
 */
export async function cleanupClients(): Promise<void> {
  await Promise.all([...clients].map((client) => client.kill()));
}
