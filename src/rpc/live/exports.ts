import { PluginError } from "../../errors.js";
import type { Channels } from "../channels.js";
import { type Frame, kinds, malformed } from "../frames.js";
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
  const open = (kind: SharedKind, value: object, context: SharingContext) => {
    if (entries.size >= rules.most) throw tooManyChannels(rules.most);
    const channel = next;
    next += 2;
    const exported = exportAs(kind, value, channel, context, exporter);
    entries.set(channel, { ...exported, value, retained: false });
    return { channel, about: exported.about };
  };
  const share: Sharing = {
    returned,
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
  open(
    kind: SharedKind,
    value: object,
    context: SharingContext,
  ): { readonly channel: number; readonly about: unknown };
  release(channel: number): void;
  isRetained(channel: number): boolean;
}

/** What an argument shares is let go of when its call ends, and what a message shares that cannot be sent, at once. */
function encodeShared(
  { returned, open, release, isRetained }: Sharing,
  context: SharingContext,
  encode: (live: LiveExports) => EncodedValue,
): EncodedValue {
  const opened: number[] = [];
  const live: LiveExports = {
    returned,
    open: (kind, value) => {
      const shared = open(kind, value, context);
      opened.push(shared.channel);
      return shared;
    },
  };
  let encoded: EncodedValue;
  try {
    encoded = encode(live);
  } catch (error) {
    opened.forEach(release);
    throw error;
  }
  // What an error has left out was opened for nothing.
  const named = new Set(encoded.patches?.map((patch) => patch[2]));
  for (const channel of opened) if (!named.has(channel)) release(channel);
  if (context.role === "argument" && opened.length > 0) {
    context.scope.onEnd(() => {
      for (const channel of opened) if (!isRetained(channel)) release(channel);
    });
  }
  return encoded;
}

function exportAs(
  kind: SharedKind,
  value: object,
  channel: number,
  context: SharingContext,
  exporter: Exporter,
): ExportedValue {
  switch (kind) {
    case "function":
      return exportFunction(value, context);
    case "proxy":
      return exportObject(value, context);
    case "signal":
      return exportSignal(value as AbortSignal, channel, context, exporter);
    case "iterable":
    case "stream":
      return exportStream(value, channel, context, exporter);
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
