export { PluginError, type PluginErrorCode } from "./errors.js";
export {
  defineHandshake,
  type HandshakeDefinition,
  type HandshakeOptions,
  packerHandshake,
} from "./handshake/definition.js";
export { PluginClient, type PluginDescription, type PluginDiagnostics } from "./host/client.js";
export { loadPlugin } from "./host/load.js";
export { cleanupClients } from "./host/managed.js";
export type { PluginLogger, PluginOptions } from "./host/options.js";
export type { PluginPermissions } from "./host/permissions.js";
export type { PluginCommand } from "./host/plugin-target.js";
export type { PluginPoolOptions, RestartOptions } from "./host/pool/options.js";
export { PluginPool } from "./host/pool/plugin-pool.js";
export type { DurationStats, PluginPoolStats, ReplicaStats } from "./host/pool/statistics.js";
export type { Remote, RemoteComponent, RemoteMethod, RemoteValue } from "./host/remote.js";
export type { HandshakeTimings } from "./host/start.js";
export type { CallOptions } from "./rpc/calls/call-options.js";
export { type ByReference, proxy, retain, transfer } from "./rpc/values/marks.js";
export { type ProcessTransportOptions, processTransport } from "./transports/process/host.js";
export { transportFromEnvironment } from "./transports/select.js";
export { threadTransport } from "./transports/thread/host.js";
export type {
  ExitStatus,
  HandshakeGuest,
  HandshakeTransport,
  LaunchRequest,
  Listener,
  PluginAddress,
  PluginExit,
  PluginLimits,
  PluginStdin,
  PluginTarget,
  PortRange,
  RunningPlugin,
  Wire,
  WireEnd,
  WireListener,
} from "./transports/transport.js";
export {
  type WarmStats,
  type WarmTransport,
  type WarmTransportOptions,
  warmProcessTransport,
  warmThreadTransport,
} from "./transports/warm/host.js";
