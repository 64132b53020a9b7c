import { PluginError } from "../errors.js";
import type { WireError } from "./values/wire-error.js";

/** One step into a value: an object's key or an array's index; in a Map or Set, the nth entry's key or value. */
export type Step = string | number | readonly [entry: number, part: 0 | 1];

/** Something that a wire does not carry by itself: where it stands in a value, what it is, and what it needs. */
export type Patch = readonly [path: readonly Step[], kind: PatchKind, channel?: number, about?: unknown];

/** `mine` is a live value that goes back to its owner; the others behind `error` open a channel. */
export type PatchKind =
  | "buffer"
  | "error"
  | "aborted"
  | "mine"
  | "function"
  | "proxy"
  | "signal"
  | "iterable"
  | "stream";

/**
 * What travels on a wire after the handshake: a batch, which is an array of frames; a frame is an array that begins
 * with its channel and its kind. docs/handshake.md has the table.
 */
export type Frame =
  | readonly [
      channel: number,
      kind: typeof kinds.call,
      id: number,
      method: string,
      args: unknown[],
      patches?: Patch[],
    ]
  | readonly [
      channel: number,
      kind: typeof kinds.result | typeof kinds.item | typeof kinds.end,
      id: number,
      value?: unknown,
      patches?: Patch[],
    ]
  | readonly [channel: number, kind: typeof kinds.error, id: number, error: WireError, patches?: Patch[]]
  | readonly [
      channel: number,
      kind: typeof kinds.cancel | typeof kinds.release | typeof kinds.retain | typeof kinds.credit,
      id: number,
    ]
  | readonly [channel: number, kind: typeof kinds.notice, name: string, value: unknown];

export const kinds = {
  call: 0,
  result: 1,
  error: 2,
  cancel: 3,
  notice: 4,
  release: 5,
  retain: 6,
  credit: 7,
  item: 8,
  end: 9,
} as const;

/** Notices of the session itself. */
export const controlChannel = 0;
/** Calls of the host to the plugin's components. */
export const componentsChannel = 1;

const mostFramesInBatch = 100_000;
/** Of the name of a method or a notice, in characters. */
export const longestName = 1_024;
export const mostArguments = 1_024;
const mostNames = 100_000;

/** The frames of a message from the peer. Throws `ERR_PROTOCOL` for anything of another shape. */
export function parseBatch(message: unknown): Frame[] {
  if (!Array.isArray(message) || message.length > mostFramesInBatch)
    throw malformed("a message that is no batch");
  for (let i = 0; i < message.length; i++) checkFrame(message[i]);
  return message as Frame[];
}

function checkFrame(frame: unknown): void {
  if (!Array.isArray(frame) || frame.length < 3 || frame.length > 6)
    throw malformed("something that is no frame");
  const [channel, kind, third, fourth, fifth, sixth] = frame;
  if (!isCount(channel)) throw malformed("a frame without a channel");
  if (kind === kinds.notice ? !isName(third) : !isCount(third))
    throw malformed("a frame without an id or a name");
  switch (kind) {
    case kinds.call:
      if (!isName(fourth)) throw malformed("a call without a method's name");
      if (!isArgumentList(fifth)) throw malformed("a call without a list of arguments");
      if (sixth !== undefined && !Array.isArray(sixth)) throw malformed("a call with broken values");
      return;
    case kinds.result:
    case kinds.item:
    case kinds.end:
      if (fifth !== undefined && !Array.isArray(fifth)) throw malformed("a result with broken values");
      return;
    case kinds.error:
      if (typeof fourth !== "object" || fourth === null) throw malformed("an error without content");
      if (fifth !== undefined && !Array.isArray(fifth)) throw malformed("an error with broken values");
      return;
    case kinds.cancel:
    case kinds.notice:
    case kinds.release:
    case kinds.retain:
    case kinds.credit:
      return;
    default:
      throw malformed("a frame of unknown kind");
  }
}

/** A frame with a value in it: as short as the value allows. */
export function valueFrame(
  channel: number,
  kind: typeof kinds.result | typeof kinds.error | typeof kinds.item | typeof kinds.end,
  id: number,
  { value, patches }: { readonly value: unknown; readonly patches: Patch[] | undefined },
): Frame {
  if (patches !== undefined) return [channel, kind, id, value, patches] as Frame;
  return (value === undefined ? [channel, kind, id] : [channel, kind, id, value]) as Frame;
}

/** What the peer did, as the error that ends the session. */
export function malformed(what: string): PluginError {
  return new PluginError(
    "ERR_PROTOCOL",
    `The peer sent ${what}. The session ends; check that both ends are portcall.`,
  );
}

function isCount(value: unknown): value is number {
  return Number.isSafeInteger(value) && (value as number) >= 0;
}

function isName(value: unknown): value is string {
  return typeof value === "string" && value.length <= longestName;
}

/** Names of methods. Its length is looked at first: a sparse array of billions takes no bytes, and for ever to walk. */
export function isNameList(value: unknown): value is string[] {
  if (!Array.isArray(value) || value.length > mostNames) return false;
  for (const name of value) if (!isName(name)) return false;
  return true;
}

/** A sparse array of billions is refused by its length, before anything walks it. */
function isArgumentList(value: unknown): boolean {
  return Array.isArray(value) && value.length <= mostArguments;
}
