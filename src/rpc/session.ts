import { PluginError } from "../errors.js";
import type { Wire, WireEnd } from "../transports/transport.js";
import type { CallBounds } from "./calls/call-options.js";
import { openCallee } from "./calls/callee.js";
import { openCaller } from "./calls/caller.js";
import type { RunInContext } from "./calls/running-call.js";
import { type Channels, openChannels } from "./channels.js";
import { componentsChannel, controlChannel, type Frame, isNameList, kinds, malformed } from "./frames.js";
import { type Components, type ServedMethods, servedMethods } from "./guard.js";
import { openExports } from "./live/exports.js";
import { openImports } from "./live/imports.js";

/** What a plugin says first. The version is that of the frames; hosts and plugins must have the same. */
const protocolVersion = 1;
const longestVersion = 100;

/** The components of a plugin with their methods, and which portcall serves them. */
export interface PluginReady {
  readonly protocol: number;
  readonly portcall: string;
  readonly components: Readonly<Record<string, readonly string[]>>;
}

/** What both ends of a session keep to. */
export interface SessionBounds {
  /** The most bytes of one message. */
  readonly maxMessageBytes: number;
  /** The most live values that one end may share at once. */
  readonly maxChannels: number;
}

/** The host's side of a session. */
export interface HostSession {
  /** Resolves with the plugin's first frame. Rejects with `ERR_PROTOCOL`. */
  readonly ready: Promise<PluginReady>;
  /** Calls `component.method`. */
  call(name: string, args: readonly unknown[], options?: CallBounds): Promise<unknown>;
  /** Resolves when the plugin has read all that was sent before. Never settles once the session has ended. */
  ping(): Promise<void>;
  readonly inFlight: number;
  /** Functions, signals, streams and objects that either side shares by reference. */
  readonly liveChannels: number;
  /** About as many bytes as were sent and not yet read. */
  readonly bufferedBytes: number;
  /** Rejects the calls in flight and all later ones with this error, and ends what they left. */
  fail(error: () => unknown): void;
  readonly ended: Promise<WireEnd>;
  end(): void;
}

/** The plugin's side of a session. */
export interface PluginSession {
  /** Tells the host that an interrupt was counted. */
  acknowledgeInterrupt(): void;
  readonly ended: Promise<WireEnd>;
  end(): void;
}

export function openHostSession(
  wire: Wire,
  bounds: SessionBounds,
  onInterruptCounted: () => void,
): HostSession {
  let ready: (value: PluginReady) => void = () => {};
  let broken: (error: unknown) => void = () => {};
  const readiness = new Promise<PluginReady>((resolve, reject) => {
    ready = resolve;
    broken = reject;
  });
  readiness.catch(() => {});
  const channels = openChannels(wire, bounds.maxMessageBytes);
  const ends = openEnds(wire, channels, { ...bounds, first: 2, peer: "plugin" }, undefined, (_call, method) =>
    method(),
  );
  channels.listen((frame) => {
    if (frame[1] !== kinds.notice) return ends.receive(frame);
    if (frame[2] === "ready") ready(parseReady(frame[3]));
    else if (frame[2] === "interrupted") onInterruptCounted();
  });
  void channels.ended.then((end) => {
    broken(
      end.how === "failed"
        ? end.error
        : new PluginError("ERR_CONNECT", "The plugin closed its session before it was ready."),
    );
  });
  return {
    ready: readiness,
    call: (name, args, options = {}) =>
      ends.caller.call({ channel: componentsChannel, method: name, label: name }, args, options),
    ping: channels.ping,
    get inFlight() {
      return ends.caller.inFlight;
    },
    get liveChannels() {
      return ends.liveChannels;
    },
    get bufferedBytes() {
      return channels.unread;
    },
    fail: ends.fail,
    ended: channels.ended,
    end: channels.end,
  };
}

/** Throws `ERR_OPTION` for components that cannot be served. */
export function openPluginSession(
  wire: Wire,
  bounds: SessionBounds,
  components: Components,
  version: string,
  run: RunInContext,
): PluginSession {
  const served = servedMethods(components);
  const channels = openChannels(wire, bounds.maxMessageBytes);
  const ends = openEnds(wire, channels, { ...bounds, first: 3, peer: "host" }, served, run);
  const ready: PluginReady = { protocol: protocolVersion, portcall: version, components: served.describe() };
  const tooLarge = mostBytesOf(ready);
  const notify = (name: string, value: unknown) =>
    channels.send([controlChannel, kinds.notice, name, value], {
      settled: false,
      bytes: 0,
      moved: undefined,
    });
  // A host that cannot be told what is served is told why.
  if (tooLarge <= bounds.maxMessageBytes) notify("ready", ready);
  else notify("ready", { protocol: protocolVersion, portcall: version, tooLarge });
  void channels.ended.then(() =>
    ends.fail(() => new PluginError("ERR_ABORTED", "The session has ended: the caller is gone.")),
  );
  // Notices of later versions are ignored.
  channels.listen((frame) => {
    if (frame[1] !== kinds.notice) ends.receive(frame);
  });
  return {
    acknowledgeInterrupt: () => notify("interrupted", true),
    ended: channels.ended,
    end: channels.end,
  };
}

interface EndsRules extends SessionBounds {
  readonly first: 2 | 3;
  readonly peer: string;
}

/** Both ends call and are called: the plugin's components, and through live values whatever either has shared. */
function openEnds(
  wire: Wire,
  channels: Channels,
  rules: EndsRules,
  served: ServedMethods | undefined,
  run: RunInContext,
) {
  const channelRules = { ...rules, carriesViews: wire.carriesViews === true, most: rules.maxChannels };
  const exports = openExports(channels, channelRules, (value) => imports.channelOf(value));
  const imports = openImports(channels, channelRules, exports.own, (channel, method, args) =>
    caller.call({ channel, method, label: method === "" ? "a remote function" : method }, args, {}),
  );
  const caller = openCaller(channels, exports, imports, rules);
  const callee = openCallee(channels, exports, imports, served, run);
  const isOurs = (channel: number) => channel > componentsChannel && channel % 2 === rules.first % 2;

  return {
    caller,
    receive: (frame: Frame) => {
      const [channel, kind, id] = frame;
      if (channel === controlChannel) throw malformed("a call where only notices are taken");
      switch (kind) {
        case kinds.call:
          if (channel === componentsChannel && served === undefined)
            throw malformed("a call to a host's components");
          return callee.receive(frame);
        case kinds.cancel:
          return id === 0 ? exports.receive(frame) : callee.receive(frame);
        case kinds.result:
          return caller.receive(frame);
        case kinds.error:
          return id === 0 ? imports.receive(frame) : caller.receive(frame);
        default:
          return isOurs(channel) ? exports.receive(frame) : imports.receive(frame);
      }
    },
    get liveChannels() {
      return exports.size + imports.size;
    },
    fail: (reason: () => unknown) => {
      caller.end(reason);
      // Before the calls that brought them: those would let go of signals, which then never abort.
      imports.end(reason);
      callee.end(reason() as Error);
      exports.end();
    },
  };
}

/** The most bytes that a ready notice takes on any wire: for each component its lists and tags, and its names. */
function mostBytesOf({ components }: PluginReady): number {
  const names = JSON.stringify(components);
  const bytesOfEach = /[^\0-\xff]/.test(names) ? 2 : 1;
  return 128 + 16 * Object.keys(components).length + bytesOfEach * names.length;
}

function parseReady(value: unknown): PluginReady {
  const { protocol, portcall, components, tooLarge } = Object(value) as Partial<
    PluginReady & { tooLarge: number }
  >;
  if (typeof protocol !== "number") throw malformed("a ready frame without its protocol");
  const version = typeof portcall === "string" ? portcall.slice(0, longestVersion) : "unknown";
  if (protocol !== protocolVersion) {
    throw new PluginError(
      "ERR_PROTOCOL",
      `The plugin speaks version ${protocol} of portcall's protocol (portcall ${version}); this host speaks ${protocolVersion}. Install versions that fit.`,
    );
  }
  if (typeof tooLarge === "number") throw tooManyNames(tooLarge);
  if (!areComponents(components)) throw malformed("a ready frame without its components");
  return { protocol, portcall: version, components };
}

function areComponents(value: unknown): value is PluginReady["components"] {
  return (
    typeof value === "object" &&
    value !== null &&
    !Array.isArray(value) &&
    Object.values(value).every(isNameList)
  );
}

function tooManyNames(bytes: number): PluginError {
  return new PluginError(
    "ERR_MESSAGE_TOO_LARGE",
    `The names of what the plugin serves take ${bytes} bytes, which is over maxMessageBytes. Raise it.`,
  );
}
