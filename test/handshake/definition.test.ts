import { describe, expect, it } from "vitest";
import { defineHandshake, type HandshakeOptions, packerHandshake } from "../../src/handshake/definition.js";
import { thrown } from "../support/thrown.js";

const own: HandshakeOptions = {
  cookieKey: "COOKIE",
  cookieValue: "c",
  apiVersion: "7",
  minPortKey: "MIN",
  maxPortKey: "MAX",
  hostName: "Own",
};

/** What a caller without types may pass. */
const define = (options: object) => defineHandshake(options as HandshakeOptions);

describe("defineHandshake", () => {
  it("keeps what it is given, and proves by secret unless told otherwise", () => {
    expect(defineHandshake(own)).toEqual({ ...own, authentication: "secret" });
    expect(defineHandshake({ ...own, authentication: "none" }).authentication).toBe("none");
  });

  it("returns a frozen copy: what becomes of the caller's object does not matter", () => {
    const options = { ...own };
    const definition = defineHandshake(options);
    Object.assign(options, { cookieKey: "OTHER" });
    expect(definition.cookieKey).toBe("COOKIE");
    expect(Object.isFrozen(definition)).toBe(true);
  });

  it("takes a definition again", () => {
    expect(defineHandshake(packerHandshake)).toEqual(packerHandshake);
  });

  const fields = ["cookieKey", "cookieValue", "apiVersion", "minPortKey", "maxPortKey", "hostName"];
  it.each(fields)("refuses a bad %s and names it", (name) => {
    for (const value of [undefined, null, "", 1, 1n, {}, "a\0b", "a\nb", "a\rb"]) {
      const error = thrown(() => define({ ...own, [name]: value }));
      expect(error.code).toBe("ERR_OPTION");
      expect(error.message).toContain(name);
    }
  });

  it.each(["cookieKey", "minPortKey", "maxPortKey"])(
    "refuses a %s with =, which no variable can have",
    (name) => {
      const error = thrown(() => define({ ...own, [name]: "A=B" }));
      expect(error.code).toBe("ERR_OPTION");
      expect(error.message).toContain(name);
    },
  );

  it("lets a value hold =", () => {
    expect(defineHandshake({ ...own, cookieValue: "a=b==" }).cookieValue).toBe("a=b==");
  });

  it.each([{ minPortKey: "COOKIE" }, { maxPortKey: "COOKIE" }, { maxPortKey: "MIN" }])(
    "refuses the same name for two variables: %j",
    (same) => {
      expect(thrown(() => define({ ...own, ...same })).code).toBe("ERR_OPTION");
    },
  );

  it.each(["PORTCALL_SECRET", "PORTCALL_MAX_MESSAGE_BYTES", "PORTCALL_MAX_CHANNELS"])(
    "refuses %s as the name of a variable: it is portcall's own",
    (name) => {
      for (const key of ["cookieKey", "minPortKey", "maxPortKey"]) {
        expect(thrown(() => define({ ...own, [key]: name })).code).toBe("ERR_OPTION");
      }
    },
  );

  it.each(["1|2", "|", " 1", "1 ", "\t1"])(
    "refuses the version %j, which no announcement could carry",
    (version) => {
      const error = thrown(() => define({ ...own, apiVersion: version }));
      expect(error.code).toBe("ERR_OPTION");
      expect(error.message).toContain("apiVersion");
    },
  );

  it.each(["authentification", "toString", "port"])(
    "refuses the field %s, which none has: a typo must not choose how the host proves itself",
    (name) => {
      const error = thrown(() => define({ ...own, [name]: "none" }));
      expect(error.code).toBe("ERR_OPTION");
      expect(error.message).toContain(`${name} is no field of a handshake`);
    },
  );

  it.each(["", "Secret", null, true])("refuses %j as authentication", (authentication) => {
    const error = thrown(() => define({ ...own, authentication }));
    expect(error.code).toBe("ERR_OPTION");
    expect(error.message).toContain("authentication");
  });

  it.each([undefined, null, 1, "packer"])("refuses %j, which is no definition", (options) => {
    expect(thrown(() => defineHandshake(options as unknown as HandshakeOptions)).code).toBe("ERR_OPTION");
  });
});

it("defines Packer's handshake byte for byte", () => {
  expect(packerHandshake).toEqual({
    cookieKey: "PACKER_PLUGIN_MAGIC_COOKIE",
    cookieValue: "d602bf8f470bc67ca7faa0386276bbdd4330efaf76d1a219cb4d6991ca9872b2",
    apiVersion: "1",
    minPortKey: "PACKER_PLUGIN_MIN_PORT",
    maxPortKey: "PACKER_PLUGIN_MAX_PORT",
    hostName: "Packer",
    authentication: "secret",
  });
});
