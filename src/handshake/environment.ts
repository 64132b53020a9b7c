import { PluginError } from "../errors.js";
import type { PortRange } from "../transports/transport.js";
import type { HandshakeDefinition } from "./definition.js";
import { checkPortRange, parsePort } from "./ports.js";

/** Variables of portcall's own. A plugin takes them out of its environment once read. */
const secretKey = "PORTCALL_SECRET";
const maxMessageKey = "PORTCALL_MAX_MESSAGE_BYTES";
const maxChannelsKey = "PORTCALL_MAX_CHANNELS";
const dropNetKey = "PORTCALL_DROP_NET";
const debugKey = "PORTCALL_DEBUG";
const parityKey = "PORTCALL_PARITY";
const ownKeys: readonly string[] = [
  secretKey,
  maxMessageKey,
  maxChannelsKey,
  dropNetKey,
  debugKey,
  parityKey,
];

/** 256 MiB. */
export const defaultMaxMessageBytes: number = 256 * 1024 * 1024;
export const defaultMaxChannels = 65_536;

/** What a host tells a plugin through its environment, beyond the cookie. */
export interface Invitation {
  readonly ports: PortRange;
  /** Unset when the host does not prove itself. */
  readonly secret: string | undefined;
  readonly maxMessageBytes: number;
  /** The most functions, signals, streams and objects that one end may share by reference at once. */
  readonly maxChannels: number;
  /** Whether the plugin gives up the network once its host has connected. */
  readonly dropsNet: boolean;
  /** A person is looking on: the plugin does not time out. */
  readonly debug: boolean;
}

/** What a host says in its invitation. */
export interface HostInvitation extends Invitation {
  /** Whether the plugin is to do only what every transport lets it do. It is told before its first line. */
  readonly strictParity?: boolean;
}

/** A plugin's whole environment. A host that is a plugin itself, and has not served yet, does not pass on its own invitation. */
export function invitedEnvironment(
  env: Readonly<Record<string, string>>,
  definition: HandshakeDefinition,
  invitation: HostInvitation,
): Record<string, string> {
  const others = Object.entries(env).filter(([name]) => !ownKeys.includes(name));
  return { ...Object.fromEntries(others), ...inviteVariables(definition, invitation) };
}

/** The variables that invite a plugin to the handshake. */
export function inviteVariables(
  definition: HandshakeDefinition,
  invitation: HostInvitation,
): Record<string, string> {
  const { ports, secret, maxMessageBytes, maxChannels, dropsNet, debug, strictParity } = invitation;
  return {
    [definition.cookieKey]: definition.cookieValue,
    [definition.minPortKey]: String(ports.min),
    [definition.maxPortKey]: String(ports.max),
    [maxMessageKey]: String(maxMessageBytes),
    [maxChannelsKey]: String(maxChannels),
    ...(debug ? { [debugKey]: "1" } : {}),
    ...(secret === undefined ? {} : { [secretKey]: secret }),
    ...(dropsNet ? { [dropNetKey]: "1" } : {}),
    ...(strictParity ? { [parityKey]: "strict" } : {}),
  };
}

/** Takes out of the environment whether the plugin is to keep to parity. What it starts is not told. */
export function takeStrictParity(env: Record<string, string | undefined>): boolean {
  const strict = env[parityKey] === "strict";
  delete env[parityKey];
  return strict;
}

/** The sentence of the original for a person who runs a plugin by hand. */
export function byHandMessage(definition: HandshakeDefinition): string {
  return `Please do not execute plugins directly. ${definition.hostName} will execute these for you.`;
}

/** Whether the environment holds the cookie: whether a host started this plugin. */
export function hasCookie(
  env: Readonly<Record<string, string | undefined>>,
  definition: HandshakeDefinition,
): boolean {
  return env[definition.cookieKey] === definition.cookieValue;
}

/** Whether the environment holds a secret that nobody has taken out. */
export function holdsSecret(env: Readonly<Record<string, string | undefined>>): boolean {
  return env[secretKey] !== undefined;
}

/**
 * Takes the host's invitation out of the environment: the cookie first, then the lowest port, then the highest,
 * and the first that is wrong is what is reported. The secret does not stay behind.
 *
 * Throws `ERR_COOKIE` or `ERR_PORT_RANGE`.
 */
export function takeInvitation(
  env: Record<string, string | undefined>,
  definition: HandshakeDefinition,
): Invitation {
  const secret = env[secretKey];
  const maxMessageBytes = Number(env[maxMessageKey]);
  const maxChannels = Number(env[maxChannelsKey]);
  const dropsNet = env[dropNetKey] === "1";
  const debug = env[debugKey] === "1";
  for (const key of [secretKey, maxMessageKey, maxChannelsKey, dropNetKey, debugKey]) delete env[key];
  if (!hasCookie(env, definition)) throw new PluginError("ERR_COOKIE", byHandMessage(definition));
  const names = { min: definition.minPortKey, max: definition.maxPortKey };
  const min = parsePort(names.min, env[names.min]);
  const max = parsePort(names.max, env[names.max]);
  return {
    ports: checkPortRange({ min, max }, names),
    secret: definition.authentication === "secret" ? secret : undefined,
    maxMessageBytes: maxMessageBytes > 0 ? maxMessageBytes : defaultMaxMessageBytes,
    maxChannels: maxChannels > 0 ? maxChannels : defaultMaxChannels,
    dropsNet,
    debug,
  };
}
