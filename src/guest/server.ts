import { PluginError } from "../errors.js";
import { formatAnnouncement } from "../handshake/announcement.js";
import { defineHandshake, type HandshakeDefinition, packerHandshake } from "../handshake/definition.js";
import { holdsSecret, type Invitation, takeInvitation } from "../handshake/environment.js";
import { noFreePort } from "../handshake/ports.js";
import { type Components, servedMethods } from "../rpc/guard.js";
import { openPluginSession, type PluginSession, type SessionBounds } from "../rpc/session.js";
import { checkOptionNames } from "../transports/check-options.js";
import { currentGuest } from "../transports/select-guest.js";
import type { HandshakeGuest, Wire } from "../transports/transport.js";
import { version } from "../version.js";
import { acceptHost } from "./accept.js";
import { runInContext } from "./call-context.js";
import { countInterrupts, onInterruptCounted } from "./interrupts.js";
import { log } from "./log.js";
import { shared } from "./shared.js";
import { runShutdownHooks } from "./shutdown.js";

export interface ServeOptions {
  /** Default: `packerHandshake`. The host must use the same. */
  readonly handshake?: HandshakeDefinition;
  /** Milliseconds to wait for the host to connect. Default: 60000. */
  readonly acceptTimeoutMs?: number;
}

/** A plugin that has shaken hands and is about to serve: the shape of the original's server. */
export interface PluginServer {
  /** Adds a component. Throws `ERR_OPTION` when it cannot be served, the name is taken, or when it serves already. */
  register(name: string, component: object): void;
  /** Serves until the session ends or the host asks, then runs the shutdown hooks. Throws `ERR_OPTION` when called twice. */
  serve(): Promise<void>;
}

/** Each is invited once. A second server would find the secret spent, and let in whoever comes first. */
const invited = shared("invited", () => new WeakSet<HandshakeGuest>());

/**
 * Does the handshake: cookie, ports, announcement, one accept. Resolves when the host has connected.
 *
 * Rejects with `ERR_COOKIE`, `ERR_PORT_RANGE`, `ERR_NO_FREE_PORT`, `ERR_ACCEPT_TIMEOUT`, `ERR_ABORTED` (asked to end
 * first) or `ERR_OPTION`, also where the plugin has shaken hands before.
 */
export async function createServer(options: ServeOptions = {}): Promise<PluginServer> {
  const { handshake, acceptTimeoutMs } = checkServeOptions(options);
  const guest = currentGuest();
  if (invited.has(guest)) throw optionError("a plugin serves once, and this one was served before");
  countInterrupts(guest);
  const { wire, invitation } = await whileAwake(() => shakeHands(guest, handshake, acceptTimeoutMs));
  const components: Record<string, object> = Object.create(null);
  let serving = false;
  return {
    register: (name, component) => {
      if (serving) throw optionError(`register(${JSON.stringify(name)}) came after serve()`);
      if (Object.hasOwn(components, name))
        throw optionError(`the component ${JSON.stringify(name)} is registered twice`);
      if (typeof name !== "string") throw optionError("a component's name must be a text");
      servedMethods({ [name]: component });
      components[name] = component;
    },
    serve: () => {
      if (serving) throw optionError("serve() was called twice");
      serving = true;
      return whileAwake(() => serveSession(wire, invitation, components, guest));
    },
  };
}

async function shakeHands(
  guest: HandshakeGuest,
  handshake: HandshakeDefinition,
  acceptTimeoutMs: number,
): Promise<{ readonly wire: Wire; readonly invitation: Invitation }> {
  log(`Plugin build against portcall '${version}'`);
  // Also where the invitation turns out to be no good: its secret is spent.
  if (holdsSecret(guest.env)) invited.add(guest);
  const invitation = takeInvitation(guest.env, handshake);
  invited.add(guest);
  const { ports } = invitation;
  log(`Plugin minimum port: ${ports.min}`);
  log(`Plugin maximum port: ${ports.max}`);
  const listener = await guest.listen(ports);
  if (listener === undefined) throw noFreePort(ports);
  log(`Plugin address: ${listener.address}`);
  guest.announce(formatAnnouncement(handshake.apiVersion, listener.address));
  log("Waiting for connection...");
  const wire = await acceptHost(listener, invitation, guest, acceptTimeoutMs);
  if (invitation.dropsNet) dropNet();
  log("Serving a plugin connection...");
  return { wire, invitation };
}

/** It was for the handshake. What is open stays open, the session with it. */
function dropNet(): void {
  (process as { permission?: { drop?(scope: string): void } }).permission?.drop?.("net");
}

async function serveSession(
  wire: Wire,
  bounds: SessionBounds,
  components: Components,
  guest: HandshakeGuest,
): Promise<void> {
  const session = openSession(wire, bounds, components);
  const ignoreInterrupts = onInterruptCounted(session.acknowledgeInterrupt);
  const end = await Promise.race([session.ended, guest.stopRequested]);
  if (end?.how === "failed") log(`The session failed: ${end.error.message}`);
  ignoreInterrupts();
  await runShutdownHooks();
  session.end();
}

/** A host whose plugin cannot serve hears of it at once. */
function openSession(wire: Wire, bounds: SessionBounds, components: Components): PluginSession {
  try {
    return openPluginSession(wire, bounds, components, version, runInContext);
  } catch (error) {
    wire.close();
    throw error;
  }
}

/** A handle of its own keeps the plugin alive, in a worker too, where a pending top-level await does not. */
async function whileAwake<T>(work: () => Promise<T>): Promise<T> {
  const handle = setInterval(() => {}, 2 ** 30);
  try {
    return await work();
  } finally {
    clearInterval(handle);
  }
}

function checkServeOptions(options: ServeOptions): Required<ServeOptions> {
  checkOptionNames(options, ["handshake", "acceptTimeoutMs"]);
  const { handshake = packerHandshake, acceptTimeoutMs = 60_000 } = options;
  if (!(typeof acceptTimeoutMs === "number" && acceptTimeoutMs > 0 && acceptTimeoutMs < 2 ** 31)) {
    throw optionError("acceptTimeoutMs must be milliseconds, from 1 to 2147483647");
  }
  return { handshake: defineHandshake(handshake), acceptTimeoutMs };
}

function optionError(what: string): PluginError {
  return new PluginError("ERR_OPTION", `serve: ${what}.`);
}
