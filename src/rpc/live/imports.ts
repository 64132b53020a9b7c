import type { Channels } from "../channels.js";
import { type Frame, kinds, malformed, type Patch } from "../frames.js";
import { decodeThrown, decodeValue, type LiveImports } from "../values/decode.js";
import type { SharedKind } from "../values/encode.js";
import type { ChannelRules, MessageContext } from "./contexts.js";
import { type HandleLife, handleLife } from "./handle-life.js";
import {
  type Handle,
  type ImportedValue,
  type Importer,
  importFunction,
  importObject,
  importSignal,
  importStream,
} from "./import-value.js";
import { released } from "./released.js";

/** The handles to live values of the peer. */
export interface Imports extends Pick<Importer, "decode" | "decodeThrown"> {
  /** The channel of a handle that can go back to its owner. Throws `ERR_ABORTED` where it was let go of. */
  channelOf(value: object): number | undefined;
  /** Lets go of what a message holds that nobody will read. */
  drop(patches: unknown): void;
  /** Takes a frame about one of the peer's channels. */
  receive(frame: Frame): void;
  /** The session has ended: streams fail and signals abort with this. */
  end(reason: () => unknown): void;
  readonly size: number;
}

/** What nobody holds any more is let go of, where nobody disposed of it. One registry serves all sessions. */
const collected = new FinalizationRegistry<HandleLife>((life) => life.dispose());

/** `own` finds what is ours and comes back. */
export function openImports(
  channels: Channels,
  rules: ChannelRules,
  own: (channel: number) => object,
  call: Importer["call"],
): Imports {
  const handles = new Map<number, Handle>();
  const returnable = new WeakMap<object, { readonly channel: number; readonly life: HandleLife }>();
  const numbers = peerNumbers(rules);

  const open = (kind: SharedKind, channel: number, about: unknown, context: MessageContext): object => {
    numbers.take(channel);
    if (handles.size >= rules.most) throw malformed(`more than ${rules.most} live values`);
    const life = handleLife(
      (kind) => channels.send([channel, kind, 0]),
      () => {
        handles.get(channel)?.cut?.(released);
        handles.delete(channel);
      },
    );
    const { value, handle } = importAs(kind, channel, about, life, context, importer);
    handles.set(channel, handle);
    life.retainable(value, kind === "signal" && context.role === "result");
    if (kind !== "iterable" && kind !== "stream") returnable.set(value, { channel, life });
    if (context.role === "argument") context.scope.onEnd(life.callEnded);
    else if (kind !== "signal") collected.register(value, life);
    return value;
  };
  const importsFor = (context: MessageContext): LiveImports => {
    // One live value may stand in several places of a message: it has one channel then.
    const opened = new Map<number, object>();
    return {
      own,
      open: (kind, channel, about) => {
        const value = opened.get(channel) ?? open(kind, channel, about, context);
        opened.set(channel, value);
        return value;
      },
    };
  };
  const importer: Importer = {
    channels,
    call,
    decode: (value, patches, context) =>
      patches === undefined ? value : decodeValue(value, patches, importsFor(context)),
    decodeThrown: (thrown, patches, context) => decodeThrown(thrown, patches, importsFor(context)),
  };
  const drop = (patches: unknown) => dropPatches(patches, numbers, channels);

  return {
    decode: importer.decode,
    decodeThrown: importer.decodeThrown,
    channelOf: (value) => {
      const known = returnable.get(value);
      known?.life.check();
      return known?.channel;
    },
    drop,
    receive: (frame) => {
      if (!numbers.isKnown(frame[0])) throw malformed("a frame for a channel that was never opened");
      const handle = handles.get(frame[0]);
      if (handle === undefined) return drop(frame[4]);
      if (handle.receive === undefined) throw malformed("an answer to no call");
      handle.receive(frame);
    },
    end: (reason) => {
      for (const { cut, abort } of [...handles.values()]) (cut ?? abort)?.(reason);
      handles.clear();
    },
    get size() {
      return handles.size;
    },
  };
}

/** Lets go of what patches open. Nobody has looked at their shape. */
function dropPatches(patches: unknown, numbers: PeerNumbers, channels: Channels): void {
  if (patches === undefined) return;
  if (!Array.isArray(patches)) throw malformed("broken values");
  for (const patch of patches) {
    if (!Array.isArray(patch)) throw malformed("broken values");
    const [, kind, channel] = patch as unknown as Patch;
    if (channel === undefined || kind === "mine" || numbers.isKnown(channel)) continue;
    numbers.take(channel);
    channels.send([channel, kinds.release, 0]);
  }
}

interface PeerNumbers {
  take(channel: number): void;
  isKnown(channel: number): boolean;
}

/** The peer's channels have the numbers that ours do not have, and ascend. */
function peerNumbers({ first }: ChannelRules): PeerNumbers {
  const peersFirst = 5 - first;
  let last = 0;
  const isPeers = (channel: unknown) =>
    Number.isSafeInteger(channel) &&
    (channel as number) >= peersFirst &&
    (channel as number) % 2 !== first % 2;
  return {
    take: (channel) => {
      if (channel <= last || !isPeers(channel)) throw malformed("a channel that is not new");
      last = channel;
    },
    isKnown: (channel) => channel <= last && isPeers(channel),
  };
}

function importAs(
  kind: SharedKind,
  channel: number,
  about: unknown,
  life: HandleLife,
  context: MessageContext,
  importer: Importer,
): ImportedValue {
  switch (kind) {
    case "function":
      return importFunction(channel, life, importer);
    case "proxy":
      return importObject(channel, about, life, importer);
    case "signal":
      return importSignal(life, context, importer);
    case "iterable":
    case "stream":
      return importStream(kind, channel, life, context, importer);
  }
}
