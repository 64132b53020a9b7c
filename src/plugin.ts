export { PluginError, type PluginErrorCode } from "./errors.js";
export { type CallContext, callContext } from "./guest/call-context.js";
export { interruptCount } from "./guest/interrupts.js";
export { isPlugin, serve } from "./guest/serve.js";
export { createServer, type PluginServer, type ServeOptions } from "./guest/server.js";
export { onShutdown } from "./guest/shutdown.js";
export {
  defineHandshake,
  type HandshakeDefinition,
  type HandshakeOptions,
  packerHandshake,
} from "./handshake/definition.js";
export { type ByReference, proxy, retain, transfer } from "./rpc/values/marks.js";
