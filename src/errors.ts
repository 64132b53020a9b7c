import type { PluginExit } from "./transports/transport.js";

/** Every code a {@link PluginError} can carry. docs/errors.md says for each what happened and what to do. */
export const pluginErrorCodes = [
  "ERR_COOKIE",
  "ERR_PORT_RANGE",
  "ERR_NO_FREE_PORT",
  "ERR_ACCEPT_TIMEOUT",
  "ERR_START_TIMEOUT",
  "ERR_EXITED_BEFORE_ANNOUNCE",
  "ERR_ANNOUNCEMENT",
  "ERR_API_VERSION",
  "ERR_SPAWN",
  "ERR_CONNECT",
  "ERR_AUTHENTICATION",
  "ERR_PLUGIN_EXITED",
  "ERR_CALL_TIMEOUT",
  "ERR_ABORTED",
  "ERR_UNKNOWN_COMPONENT",
  "ERR_UNKNOWN_METHOD",
  "ERR_UNSERIALIZABLE",
  "ERR_MESSAGE_TOO_LARGE",
  "ERR_TOO_MANY_CHANNELS",
  "ERR_BACKPRESSURE",
  "ERR_PROTOCOL",
  "ERR_OPTION",
  "ERR_PARITY",
  "ERR_PERMISSION",
  "ERR_QUEUE_FULL",
] as const;

export type PluginErrorCode = (typeof pluginErrorCodes)[number];

/** What portcall throws: `code` says which failure, `message` what happened and what to do, `cause` why. */
export class PluginError extends Error {
  readonly code: PluginErrorCode;
  /** How the plugin ended, where its end is the reason. */
  declare readonly exit?: PluginExit;

  constructor(code: PluginErrorCode, message: string, options: { cause?: unknown; exit?: PluginExit } = {}) {
    super(message, "cause" in options ? { cause: options.cause } : undefined);
    this.name = "PluginError";
    this.code = code;
    if (options.exit !== undefined) this.exit = options.exit;
  }
}
