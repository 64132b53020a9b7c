import { PluginError } from "../errors.js";
import type { Wire, WireEnd } from "../transports/transport.js";
import { openCallee, type RunInContext } from "./callee.js";
import { openCaller } from "./caller.js";
import { type Channel, type Channels, openChannels } from "./channels.js";
import { componentsChannel, controlChannel, kinds, malformed } from "./frames.js";
import { type Components, servedMethods } from "./guard.js";
import type { CallOptions } from "./pending-calls.js";

/** What a plugin says first. The version is that of the frames; hosts and plugins must have the same. */
const protocolVersion = 1;

/** The components of a plugin with their methods, and which portcall serves them. */
export interface PluginReady {
  readonly protocol: number;
  readonly portcall: string;
  readonly components: Readonly<Record<string, readonly string[]>>;
}

/** The host's side of a session. */
export interface HostSession {
  /** Resolves with the plugin's first frame. Rejects with `ERR_PROTOCOL`. */
  readonly ready: Promise<PluginReady>;
  /** Calls `component.method`. */
  call(name: string, args: readonly unknown[], options?: CallOptions): Promise<unknown>;
  readonly inFlight: number;
  readonly bufferedBytes: number;
  /** Rejects the calls in flight and all later ones with this error. */
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

export function openHostSession(wire: Wire, onInterruptCounted: () => void): HostSession {
  const channels = openChannels(wire);
  let ready: (value: PluginReady) => void = () => {};
  let broken: (error: unknown) => void = () => {};
  const readiness = new Promise<PluginReady>((resolve, reject) => {
    ready = resolve;
    broken = reject;
  });
  readiness.catch(() => {});
  openControl(channels, (name, value) => {
    if (name === "ready") ready(parseReady(value));
    else if (name === "interrupted") onInterruptCounted();
  });
  const caller = openCaller((listener) => channels.open(componentsChannel, listener), "plugin");
  void channels.ended.then((end) => {
    broken(
      end.how === "failed"
        ? end.error
        : new PluginError("ERR_CONNECT", "The plugin closed its session before it was ready."),
    );
  });
  channels.listen();
  return {
    ready: readiness,
    call: caller.call,
    get inFlight() {
      return caller.inFlight;
    },
    get bufferedBytes() {
      return wire.bufferedBytes;
    },
    fail: caller.end,
    ended: channels.ended,
    end: channels.end,
  };
}

/** Throws `ERR_OPTION` for components that cannot be served. */
export function openPluginSession(
  wire: Wire,
  components: Components,
  version: string,
  run: RunInContext,
): PluginSession {
  const served = servedMethods(components);
  const channels = openChannels(wire);
  const control = openControl(channels, () => {});
  const callee = openCallee((listener) => channels.open(componentsChannel, listener), served, run);
  const ready: PluginReady = { protocol: protocolVersion, portcall: version, components: served.describe() };
  control("ready", ready);
  void channels.ended.then(() =>
    callee.end(new PluginError("ERR_ABORTED", "The session has ended: the caller is gone.")),
  );
  channels.listen();
  return {
    acknowledgeInterrupt: () => control("interrupted", true),
    ended: channels.ended,
    end: channels.end,
  };
}

/** Opens the channel of notices, and returns how to send one. Notices of later versions are ignored. */
function openControl(
  channels: Channels,
  onNotice: (name: string, value: unknown) => void,
): (name: string, value: unknown) => void {
  const control: Channel = channels.open(controlChannel, (frame) => {
    if (frame[1] !== kinds.notice) throw malformed("a call where only notices are taken");
    onNotice(frame[2], frame[3]);
  });
  return (name, value) => control.send([control.id, kinds.notice, name, value], false);
}

function parseReady(value: unknown): PluginReady {
  const { protocol, portcall, components } = Object(value) as Partial<PluginReady>;
  if (protocol !== protocolVersion) {
    throw new PluginError(
      "ERR_PROTOCOL",
      `The plugin speaks version ${protocol} of portcall's protocol (portcall ${portcall}); this host speaks ${protocolVersion}. Install versions that fit.`,
    );
  }
  const lists = Object.values(Object(components));
  if (!lists.every((list) => Array.isArray(list) && list.every((name) => typeof name === "string"))) {
    throw malformed("a ready frame without its components");
  }
  return { protocol, portcall: String(portcall), components: components as PluginReady["components"] };
}
