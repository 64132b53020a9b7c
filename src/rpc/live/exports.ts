import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { type Frame, kinds, malformed, type Patch } from "../frames.js";
import {
  type EncodedValue,
  encodePlain,
  encodeThrown,
  encodeValue,
  type LiveExports,
  type SharedKind,
} from "../values/encode.js";
import { bareError } from "../values/wire-error.js";
import type { ChannelRules, SharingContext } from "./contexts.js";
import {
  type ExportedValue,
  type Exporter,
  exportFunction,
  exportObject,
  exportSignal,
  exportStream,
} from "./export-value.js";
import { released } from "./released.js";

/** The live values of this side that the peer holds a handle to. */
export interface Exports extends Pick<Exporter, "encode" | "encodeThrown" | "encodeBare"> {
  /** The methods behind a channel; undefined where it was released. Throws `ERR_PROTOCOL` where it never was one. */
  methods(channel: number): ExportedValue["methods"];
  /** The value of a channel, which the peer sends back. Throws `ERR_ABORTED` or `ERR_PROTOCOL`. */
  own(channel: number): object;
  /** Takes a frame about one of our channels. */
  receive(frame: Frame): void;
  /** The session has ended. */
  end(): void;
  readonly size: number;
}

interface Entry extends ExportedValue {
  readonly value: object;
  retained: boolean;
}

/** `returned` knows the handles that the peer gave us. */
export function openExports(
  channels: Channels,
  rules: ChannelRules,
  returned: (value: object) => number | undefined,
): Exports {
  const entries = new Map<number, Entry>();
  let next: number = rules.first;

  const release = (channel: number) => {
    const entry = entries.get(channel);
    entries.delete(channel);
    entry?.stop();
  };
  const known = (channel: number): Entry | undefined => {
    if (channel < rules.first || channel >= next || channel % 2 !== rules.first % 2) {
      throw malformed("a frame for a channel that was never opened");
    }
    return entries.get(channel);
  };
  const open = (value: object, prepared: PreparedExport) => {
    const channel = next;
    next += 2;
    const exported = prepared(channel);
    entries.set(channel, { ...exported, value, retained: false });
    return { channel, about: exported.about };
  };
  const share: Sharing = {
    returned,
    prepare: (kind, value, context) => prepareExport(kind, value, context, exporter),
    checkRoom: (more) => {
      if (entries.size + more > rules.most) throw tooManyChannels(rules.most);
    },
    open,
    release,
    isRetained: (channel) => entries.get(channel)?.retained === true,
  };
  const exporter: Exporter = {
    channels,
    encode: (value, name, context) =>
      encodePlain(value, name, rules) ??
      encodeShared(share, context, (live) => encodeValue(value, name, live, rules)),
    encodeThrown: (thrown, context) => {
      try {
        return encodeShared(share, context, (live) => encodeThrown(thrown, "error", live, rules));
      } catch {
        // Too large, or too many channels: it arrives without what is in it.
        return exporter.encodeBare(thrown, context);
      }
    },
    encodeBare: (thrown, context) => {
      const bare = bareError(thrown, rules.maxMessageBytes);
      return encodeShared(share, context, (live) => encodeThrown(bare, "error", live, rules));
    },
    forget: (channel) => void entries.delete(channel),
  };

  return {
    encode: exporter.encode,
    encodeThrown: exporter.encodeThrown,
    encodeBare: exporter.encodeBare,
    methods: (channel) => {
      const entry = known(channel);
      if (entry !== undefined && entry.methods === undefined)
        throw malformed("a call of what is no function");
      return entry?.methods;
    },
    own: (channel) => {
      const entry = known(channel);
      if (entry === undefined) throw released();
      return entry.value;
    },
    receive: (frame) => {
      const entry = known(frame[0]);
      if (frame[1] === kinds.release) release(frame[0]);
      else if (entry !== undefined) tell(entry, frame);
    },
    end: () => [...entries.keys()].forEach(release),
    get size() {
      return entries.size;
    },
  };
}

interface Sharing {
  returned(value: object): number | undefined;
  /** Throws `ERR_TOO_MANY_CHANNELS` where there is no room for so many more. */
  checkRoom(more: number): void;
  prepare(kind: SharedKind, value: object, context: SharingContext): PreparedExport;
  open(value: object, prepared: PreparedExport): Opened;
  release(channel: number): void;
  isRetained(channel: number): boolean;
}

interface Opened {
  readonly channel: number;
  readonly about: unknown;
}

/** What an argument shares is let go of when its call ends. A message that cannot be sent shares nothing. */
function encodeShared(
  sharing: Sharing,
  context: SharingContext,
  encode: (live: LiveExports) => EncodedValue,
): EncodedValue {
  const met: [kind: SharedKind, value: object][] = [];
  const encoded = encode({
    returned: sharing.returned,
    share: (kind, value) => met.push([kind, value]) - 1,
  });
  const { patches } = encoded;
  if (met.length === 0 || patches === undefined) return encoded;
  // What an error has left out is not named.
  const named = new Set(patches.filter(isShared).map((patch) => patch[2] as number));
  const opened = openAll(sharing, context, met, named);
  if (context.role === "argument" && opened.size > 0) {
    context.scope.onEnd(() => {
      for (const { channel } of opened.values()) if (!sharing.isRetained(channel)) sharing.release(channel);
    });
  }
  return {
    ...encoded,
    patches: patches.map((patch) => numbered(patch, opened)),
    drop: () => {
      for (const { channel } of opened.values()) sharing.release(channel);
    },
  };
}

/**
 * Numbers what was met when nothing of the user's runs any more until the message is sent: a getter, or a stream that is
 * locked, may have sent a message of its own, and channels ascend in the order of messages.
 */
function openAll(
  { checkRoom, prepare, open, release }: Sharing,
  context: SharingContext,
  met: readonly (readonly [kind: SharedKind, value: object])[],
  named: ReadonlySet<number>,
): Map<number, Opened> {
  checkRoom(named.size);
  const prepared: [nth: number, value: object, whenNumbered: PreparedExport][] = [];
  try {
    for (const nth of named) {
      const [kind, value] = met[nth] as (typeof met)[number];
      prepared.push([nth, value, prepare(kind, value, context)]);
    }
  } catch (error) {
    for (const [, value, whenNumbered] of prepared) release(open(value, whenNumbered).channel);
    throw error;
  }
  return new Map(prepared.map(([nth, value, whenNumbered]) => [nth, open(value, whenNumbered)]));
}

function numbered(patch: Patch, opened: ReadonlyMap<number, Opened>): Patch {
  if (!isShared(patch)) return patch;
  const [path, kind, nth] = patch;
  const { channel, about } = opened.get(nth as number) as Opened;
  return about === undefined ? [path, kind, channel] : [path, kind, channel, about];
}

/** Whether a patch names something that is shared by its message. */
function isShared([, kind, channel]: Patch): boolean {
  return channel !== undefined && kind !== "mine";
}

/** Waits for its channel's number. */
type PreparedExport = (channel: number) => ExportedValue;

function prepareExport(
  kind: SharedKind,
  value: object,
  context: SharingContext,
  exporter: Exporter,
): PreparedExport {
  switch (kind) {
    case "function":
      return () => exportFunction(value, context);
    case "proxy": {
      const exported = exportObject(value, context);
      return () => exported;
    }
    case "signal":
      return (channel) => exportSignal(value as AbortSignal, channel, context, exporter);
    case "iterable":
    case "stream":
      return exportStream(value, context, exporter);
  }
}

function tell(entry: Entry, frame: Frame): void {
  if (frame[1] === kinds.retain) entry.retained = true;
  else if (entry.stream === undefined) throw malformed("something of a reader for what is no stream");
  else if (frame[1] === kinds.credit) entry.stream.credit(frame[2]);
  else if (frame[1] === kinds.cancel) entry.stream.cancel();
  else throw malformed("an answer on a channel that only takes calls");
}

function tooManyChannels(most: number): PluginError {
  return new PluginError(
    "ERR_TOO_MANY_CHANNELS",
    `More than ${most} functions, signals, streams and objects would be shared by reference at once. Dispose of what is not needed, or raise maxChannels.`,
  );
}
