import { PluginError } from "../errors.js";

/** What a host and its plugins agree on before they talk. Make one with {@link defineHandshake}. */
export interface HandshakeDefinition {
  /** The environment variable that holds the cookie, and its value: proof that a host started the plugin, not a secret. */
  readonly cookieKey: string;
  readonly cookieValue: string;
  /** The first field of the announcement. Host and plugin must have the same. */
  readonly apiVersion: string;
  /** The environment variables that hold the port range. */
  readonly minPortKey: string;
  readonly maxPortKey: string;
  /** Who runs such plugins; named to a person who runs one by hand. */
  readonly hostName: string;
  /**
   * How the host proves itself after connecting. `secret`: by halves of a fresh secret in the environment.
   * `none`: the first connection is the host's, as in the original.
   */
  readonly authentication: "secret" | "none";
}

/** What {@link defineHandshake} takes: all but `authentication`, which is `secret` unless named. */
export type HandshakeOptions = Omit<HandshakeDefinition, "authentication"> &
  Partial<Pick<HandshakeDefinition, "authentication">>;

/**
 * Defines a handshake of your own, so that your plugins are not mistaken for somebody else's.
 *
 * Throws `ERR_OPTION` when a field is missing, empty, unknown, holds a NUL or a line break, when a key holds `=`
 * or begins with `PORTCALL_`, when two keys are the same, or when `apiVersion` holds the announcement's separator.
 */
export function defineHandshake(options: HandshakeOptions): HandshakeDefinition {
  if (typeof options !== "object" || options === null) {
    throw optionError("its argument", options, "must be an object");
  }
  const { cookieKey, cookieValue, apiVersion, minPortKey, maxPortKey, hostName } = options;
  const { authentication = "secret" } = options;
  const fields = { cookieKey, cookieValue, apiVersion, minPortKey, maxPortKey, hostName };
  const unknown = Object.keys(options).find(
    (name) => name !== "authentication" && !Object.hasOwn(fields, name),
  );
  if (unknown !== undefined)
    throw optionError(unknown, options[unknown as never], "is no field of a handshake");
  for (const [name, value] of Object.entries(fields)) refuseUnlessPlainText(name, value);
  const keys = { cookieKey, minPortKey, maxPortKey };
  for (const [name, value] of Object.entries(keys)) {
    if (value.includes("=")) throw optionError(name, value, "must not contain =");
    if (value.startsWith("PORTCALL_")) throw optionError(name, value, "must not begin with PORTCALL_");
  }
  if (new Set(Object.values(keys)).size < 3) {
    throw optionError(
      "cookieKey, minPortKey, maxPortKey",
      Object.values(keys).join(", "),
      "must be three different names",
    );
  }
  if (apiVersion.includes("|") || apiVersion !== apiVersion.trim()) {
    throw optionError("apiVersion", apiVersion, "must not contain | or outer spaces");
  }
  if (authentication !== "secret" && authentication !== "none") {
    throw optionError("authentication", authentication, 'must be "secret" or "none"');
  }
  return Object.freeze({ ...fields, authentication });
}

/** The handshake of Packer's plugin package of December 2013, byte for byte. */
export const packerHandshake: HandshakeDefinition = /* @__PURE__ */ defineHandshake({
  cookieKey: "PACKER_PLUGIN_MAGIC_COOKIE",
  cookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
  apiVersion: "1",
  minPortKey: "PACKER_PLUGIN_MIN_PORT",
  maxPortKey: "PACKER_PLUGIN_MAX_PORT",
  hostName: "Packer",
});

function refuseUnlessPlainText(name: string, value: unknown): void {
  if (typeof value !== "string" || value === "") throw optionError(name, value, "must be a non-empty string");
  if (["\0", "\r", "\n"].some((c) => value.includes(c)))
    throw optionError(name, value, "must be one line without NUL");
}

function optionError(name: string, value: unknown, rule: string): PluginError {
  const shown = typeof value === "string" ? JSON.stringify(value) : `of type ${typeof value}`;
  return new PluginError("ERR_OPTION", `defineHandshake: ${name} ${rule}; it is ${shown}.`);
}
