import { describe, expect, it } from "vitest";
import { defineHandshake, packerHandshake } from "../../src/handshake/definition.js";
import {
  byHandMessage,
  defaultMaxMessageBytes,
  hasCookie,
  invitedEnvironment,
  inviteVariables,
  takeInvitation,
} from "../../src/handshake/environment.js";
import { thrown } from "../support/thrown.js";

const own = defineHandshake({
  cookieKey: "COOKIE",
  cookieValue: "open sesame",
  apiVersion: "7",
  minPortKey: "MIN",
  maxPortKey: "MAX",
  hostName: "Own",
});
const unproven = defineHandshake({ ...own, authentication: "none" });
const invitation = {
  ports: { min: 10, max: 20 },
  secret: "s".repeat(64),
  maxMessageBytes: 4_096,
  maxChannels: 32,
  dropsNet: true,
  debug: false,
};

/** The environment of an invited plugin, changed as a test needs it. */
function invited(change: Record<string, string | undefined> = {}): Record<string, string | undefined> {
  return { HOME: "/root", ...inviteVariables(own, invitation), ...change };
}

describe("inviteVariables", () => {
  it("names the variables as the definition does", () => {
    expect(inviteVariables(own, invitation)).toEqual({
      COOKIE: "open sesame",
      MIN: "10",
      MAX: "20",
      PORTCALL_MAX_MESSAGE_BYTES: "4096",
      PORTCALL_MAX_CHANNELS: "32",
      PORTCALL_DROP_NET: "1",
      PORTCALL_SECRET: "s".repeat(64),
    });
  });

  it("tells a plugin that it is debugged, and says nothing where it is not", () => {
    expect(inviteVariables(own, { ...invitation, debug: true })).toMatchObject({ PORTCALL_DEBUG: "1" });
    expect(inviteVariables(own, invitation)).not.toHaveProperty("PORTCALL_DEBUG");
  });

  it("holds no secret where the host does not prove itself", () => {
    expect(inviteVariables(unproven, { ...invitation, secret: undefined })).not.toHaveProperty(
      "PORTCALL_SECRET",
    );
  });
});

describe("invitedEnvironment", () => {
  it("holds nothing of an invitation that its host has got itself, but for what the handshake leaves to users", () => {
    const hosts = {
      ...inviteVariables(own, { ...invitation, debug: true, strictParity: true }),
      HOME: "/root",
    };
    const env = { ...hosts, PORTCALL_TRANSPORT: "thread" };
    const unproving = { ...invitation, secret: undefined, dropsNet: false };
    expect(invitedEnvironment(env, unproven, unproving)).toEqual({
      HOME: "/root",
      PORTCALL_TRANSPORT: "thread",
      ...inviteVariables(unproven, unproving),
    });
  });
});

describe("takeInvitation", () => {
  it("reads what inviteVariables writes", () => {
    expect(takeInvitation(invited(), own)).toEqual(invitation);
    expect(takeInvitation(invited({ PORTCALL_DEBUG: "1" }), own)).toEqual({ ...invitation, debug: true });
  });

  it("takes the secret and the bounds of the session out of the environment, and nothing else", () => {
    const env = invited();
    takeInvitation(env, own);
    expect(env).toEqual({ HOME: "/root", COOKIE: "open sesame", MIN: "10", MAX: "20" });
  });

  it("takes the secret out also when it refuses the invitation", () => {
    for (const change of [{ COOKIE: "wrong" }, { MIN: "abc" }, { MIN: "30" }]) {
      const env = invited(change);
      thrown(() => takeInvitation(env, own));
      expect(env).not.toHaveProperty("PORTCALL_SECRET");
    }
  });

  it.each([undefined, "", "open sesam", "open sesame ", "Open sesame", "open sesame\0"])(
    "refuses the cookie %j with the original's sentence",
    (cookie) => {
      const error = thrown(() => takeInvitation(invited({ COOKIE: cookie }), own));
      expect(error.code).toBe("ERR_COOKIE");
      expect(error.message).toBe("Please do not execute plugins directly. Own will execute these for you.");
    },
  );

  it("looks at the cookie before it looks at the ports", () => {
    const env = invited({ COOKIE: "wrong", MIN: "abc", MAX: "-3" });
    expect(thrown(() => takeInvitation(env, own)).code).toBe("ERR_COOKIE");
  });

  it("reports the lowest port before the highest", () => {
    expect(thrown(() => takeInvitation(invited({ MIN: "abc", MAX: "def" }), own)).message).toMatch(
      /^MIN is no/,
    );
    expect(thrown(() => takeInvitation(invited({ MIN: undefined, MAX: "def" }), own)).message).toMatch(
      /^MIN is no port: parsing "": invalid syntax/,
    );
    expect(thrown(() => takeInvitation(invited({ MAX: "def" }), own)).message).toMatch(/^MAX is no/);
    expect(thrown(() => takeInvitation(invited({ MIN: "-3", MAX: "def" }), own)).message).toMatch(
      /^MIN is no/,
    );
  });

  it("refuses a range that is empty", () => {
    const error = thrown(() => takeInvitation(invited({ MIN: "21" }), own));
    expect(error.code).toBe("ERR_PORT_RANGE");
    expect(error.message).toContain("21 to 20 is empty: MIN is above MAX");
  });

  it("has no secret where none was passed, as when the original's host starts the plugin", () => {
    expect(takeInvitation(invited({ PORTCALL_SECRET: undefined }), own).secret).toBeUndefined();
  });

  it("ignores a secret where the definition has none, and takes it out all the same", () => {
    const env = invited();
    expect(takeInvitation(env, unproven).secret).toBeUndefined();
    expect(env).not.toHaveProperty("PORTCALL_SECRET");
  });

  it.each([undefined, "", "abc", "-1", "0", "NaN"])("takes the default for the bound %j", (bytes) => {
    const env = invited({ PORTCALL_MAX_MESSAGE_BYTES: bytes });
    expect(takeInvitation(env, own).maxMessageBytes).toBe(defaultMaxMessageBytes);
    expect(defaultMaxMessageBytes).toBe(256 * 1024 * 1024);
  });
});

it("knows a plugin by the cookie alone", () => {
  expect(hasCookie(invited({ MIN: undefined }), own)).toBe(true);
  expect(hasCookie(invited(), packerHandshake)).toBe(false);
});

it("says the original's sentence to a person who runs a Packer plugin by hand", () => {
  expect(byHandMessage(packerHandshake)).toBe(
    "Please do not execute plugins directly. Packer will execute these for you.",
  );
});
