import { MessageChannel } from "node:worker_threads";
import { describe, expect, it, onTestFinished } from "vitest";
import { admitHost, provePlugin, sameText, secretBytes } from "../../src/handshake/authentication.js";
import { portWire } from "../../src/transports/thread/wire.js";
import type { Wire } from "../../src/transports/transport.js";
import { rejection } from "../support/load.js";

const secret = "0123456789abcdef".repeat(2) + "fedcba9876543210".repeat(2);
const hosts = secret.slice(0, 32);
const plugins = secret.slice(32, 64);

/** Both ends of a real wire. */
function wirePair(): [host: Wire, plugin: Wire] {
  const { port1, port2 } = new MessageChannel();
  const pair: [Wire, Wire] = [portWire(port1), portWire(port2)];
  onTestFinished(() => {
    for (const wire of pair) wire.close();
  });
  return pair;
}

/** Resolves with the next message of a wire. */
function nextMessage(wire: Wire): Promise<unknown> {
  return new Promise((resolve) => {
    const once = ({ data }: { readonly data: unknown }) => {
      wire.removeEventListener("message", once);
      resolve(data);
    };
    wire.addEventListener("message", once);
  });
}

describe("the secret", () => {
  it("is 256 bits, as hex in two halves", () => {
    expect(secretBytes * 2).toBe(secret.length);
  });

  it("lets host and plugin in when both know it, and opens the wire at both ends", async () => {
    const [host, plugin] = wirePair();
    const admitted = new Promise<Wire>((admit) => admitHost(plugin, secret, 1_024, admit));
    await provePlugin(host, secret, 1_024);
    (await admitted).postMessage({ more: "than text" });
    expect(await nextMessage(host)).toEqual({ more: "than text" });
  });

  it("is presented by halves: the host the first, the plugin the second", async () => {
    const [host, plugin] = wirePair();
    const proven = provePlugin(host, secret, 1_024);
    expect(await nextMessage(plugin)).toBe(hosts);
    plugin.postMessage(plugins);
    await proven;
  });

  it.each([
    ["the host's own half", hosts],
    ["nothing", ""],
    ["the whole secret", secret],
    ["a half with one character changed", `${plugins.slice(0, -1)}x`],
    ["a half with a character more", `${plugins}0`],
    ["a half in capitals", plugins.toUpperCase()],
  ])("refuses a plugin that answers with %s", async (_what, answer) => {
    const [host, plugin] = wirePair();
    const proven = provePlugin(host, secret, 1_024);
    await nextMessage(plugin);
    plugin.postMessage(answer);
    expect(await rejection(proven)).toMatchObject({ code: "ERR_AUTHENTICATION" });
    expect(await plugin.closed).toEqual({ how: "closed" });
  });

  it("refuses a plugin that answers with anything but text, whatever it is", async () => {
    for (const answer of [{ toString: plugins }, [plugins], 1, null, new Uint8Array(32)]) {
      const [host, plugin] = wirePair();
      const proven = provePlugin(host, secret, 1_024);
      await nextMessage(plugin);
      plugin.postMessage(answer);
      expect(await rejection(proven)).toMatchObject({ code: "ERR_AUTHENTICATION" });
    }
  });

  it("rejects with ERR_CONNECT when the connection ends before the answer", async () => {
    const [host, plugin] = wirePair();
    const proven = provePlugin(host, secret, 1_024);
    plugin.close();
    expect(await rejection(proven)).toMatchObject({ code: "ERR_CONNECT" });
  });

  it.each([
    ["the plugin's own half", plugins],
    ["nothing", ""],
    ["the whole secret", secret],
    ["a half with one character changed", `1${hosts.slice(1)}`],
    ["half a half", hosts.slice(0, 16)],
  ])("drops, without a word, a connection that presents %s", async (_what, claim) => {
    const [impostor, plugin] = wirePair();
    const heard: unknown[] = [];
    impostor.addEventListener("message", ({ data }) => heard.push(data));
    let admitted = false;
    admitHost(plugin, secret, 1_024, () => {
      admitted = true;
    });
    impostor.postMessage(claim);
    await impostor.closed;
    expect(heard).toEqual([]);
    expect(admitted).toBe(false);
  });

  it("gives a connection one try", async () => {
    const [impostor, plugin] = wirePair();
    let admitted = false;
    admitHost(plugin, secret, 1_024, () => {
      admitted = true;
    });
    impostor.postMessage(plugins);
    impostor.postMessage(hosts);
    await impostor.closed;
    expect(admitted).toBe(false);
  });

  it("meets an open wire with what the host sends right behind its half", async () => {
    const [host, plugin] = wirePair();
    const received = new Promise((resolve) => {
      admitHost(plugin, secret, 1_024, (admitted) => resolve(nextMessage(admitted)));
    });
    host.postMessage(hosts);
    host.postMessage(["a batch"]);
    expect(await received).toEqual(["a batch"]);
  });
});

it("admits the first connection where there is no secret, as the original does", async () => {
  const [host, plugin] = wirePair();
  const admitted = new Promise<Wire>((admit) => admitHost(plugin, undefined, 1_024, admit));
  host.postMessage({ at: "once" });
  expect(await nextMessage(await admitted)).toEqual({ at: "once" });
});

describe("sameText", () => {
  it("is true for the same text alone", () => {
    expect(sameText("abc", "abc")).toBe(true);
    expect(sameText("", "")).toBe(true);
    for (const other of ["abd", "Abc", "ab", "abcd", "", "ab\u0163"])
      expect(sameText(other, "abc")).toBe(false);
  });

  it("is false for what is no text, even where it reads like it", () => {
    for (const other of [["abc"], { length: 3 }, new String("abc"), null, undefined, 0, Buffer.from("abc")]) {
      expect(sameText(other, "abc")).toBe(false);
    }
  });

  it("looks at every character, so that a nearly right text takes as long as a wrong one", () => {
    let read = 0;
    const watched = new Proxy(new String("x".repeat(32)), {
      get: (text, name) => {
        if (name === "charCodeAt") {
          return (i: number) => {
            read++;
            return text.charCodeAt(i);
          };
        }
        return Reflect.get(text, name) as unknown;
      },
    });
    expect(sameText("y".repeat(32), watched as unknown as string)).toBe(false);
    expect(read).toBe(32);
  });
});
