import type { PluginExit } from "../transports/transport.js";
import type { PluginLogger } from "./options.js";

/** A client as its keeper knows it. */
interface Managed {
  kill(): Promise<PluginExit>;
  readonly exited: Promise<PluginExit>;
}

/** The managed clients of this host that have not ended, each with its log. Global as `cleanupClients()` is. */
const clients = new Map<Managed, PluginLogger>();

/** Keeps a client until it has ended. */
export function manage(client: Managed, logger: PluginLogger): void {
  clients.set(client, logger);
  void client.exited.then(() => clients.delete(client));
}

/**
 * Kills every client made with `managed: true`, in parallel, one that is still starting too, and says so once in each
 * log of theirs, in the original's words. Never rejects; may be called again. A client that was never started cannot be started afterwards.
 */
export async function cleanupClients(): Promise<void> {
  for (const logger of new Set(clients.values())) {
    logger.debug("waiting for all plugin processes to complete...");
  }
  await Promise.all([...clients.keys()].map((client) => client.kill()));
}
