import type { HandshakeTransport, PluginAddress, RunningPlugin, Wire } from "portcall";
import { packerHandshake } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { keepStderr, launch } from "../support/launch.js";
import { client, load, type MakeTransport, rejection } from "../support/load.js";
import { textSink } from "../support/text-sink.js";
import { stdoutLines } from "../support/watch.js";

interface Greeter {
  greeter: { greet(name: string): string };
}

interface Twice {
  first: { refusals(): string[]; seenByCopy(): [component: string, method: string, interrupts: number] };
}

const secret = "0123456789abcdef".repeat(2) + "fedcba9876543210".repeat(2);
const [hosts, plugins] = [secret.slice(0, 32), secret.slice(32)];
const mostBytes = 65_536;

/** What every transport promises of who may connect. */
export function connectingContract(transport: MakeTransport): void {
  describe("a plugin that was given a secret", () => {
    it("answers its host's half with its own, and serves", async () => {
      const { connect } = await listening(transport());
      expect(await greetAs(await connect())).toBe("Hello, host!");
    });

    it.each([
      ["the plugin's half", plugins],
      ["the whole secret", secret],
      ["nothing", ""],
      ["a half that is nearly right", `${hosts.slice(0, -1)}0`],
      ["words", "GET / HTTP/1.1"],
    ])(
      "hangs up without a word on who presents %s, and lets its host in afterwards",
      async (_what, claim) => {
        const { connect } = await listening(transport());
        const impostor = await connect();
        const heard = messages(impostor);
        impostor.postMessage(claim);
        await impostor.closed;
        expect(heard).toEqual([]);
        expect(await greetAs(await connect())).toBe("Hello, host!");
      },
    );

    it.each([
      ["a call", [[1, 0, 1, "greeter.greet", ["Eve"]]]],
      ["an object", { length: 32 }],
      ["a megabyte of text", "x".repeat(1_048_576)],
    ])("hangs up on who says %s before it has proven itself", async (_what, message) => {
      const { connect } = await listening(transport());
      const impostor = await connect();
      const heard = messages(impostor);
      impostor.open(2 ** 24);
      impostor.postMessage(message);
      await impostor.closed;
      expect(heard).toEqual([]);
      expect(await greetAs(await connect())).toBe("Hello, host!");
    });

    it("is kept from its host neither by forty connections that say nothing nor by those that hang up", async () => {
      const { connect } = await listening(transport());
      const silent: Wire[] = [];
      for (let i = 0; i < 40; i++) {
        silent.push(await connect());
        if (i % 2) silent.at(-1)?.close();
      }
      expect(await greetAs(await connect())).toBe("Hello, host!");
      // They got in nowhere, and need not be waited for.
      await Promise.all(silent.map((wire) => wire.closed));
    });

    it("refuses a second connection while it serves", async () => {
      const { connect } = await listening(transport());
      const wire = await connect();
      expect(await greetAs(wire)).toBe("Hello, host!");
      const error = await rejection(connect());
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_CONNECT" });
      expect(error.cause).toMatchObject({ code: "ECONNREFUSED" });
      expect(error.message).toContain("It must listen where it announces.");
    });

    it("ends when its session does, after the one host it has", async () => {
      const { connect, running } = await listening(transport());
      const wire = await connect();
      await greetAs(wire);
      wire.close();
      expect(await running.exited).toEqual({ how: "exited", code: 0 });
    });
  });

  it("lets the first connection in where it was given no secret, as the original does", async () => {
    const { connect } = await listening(transport(), {});
    const wire = await connect();
    wire.open(mostBytes);
    expect(await greet(wire)).toBe("Hello, host!");
    expect(await rejection(connect())).toMatchObject({ code: "ERR_CONNECT" });
  });

  describe("a plugin that nobody connects to", () => {
    it("ends with ERR_ACCEPT_TIMEOUT and status 1 after acceptTimeoutMs", async () => {
      const running = launch(transport(), "waits-briefly.js", { env: invitation({}) });
      const stderr = keepStderr(running);
      expect(await running.exited).toEqual({ how: "exited", code: 1 });
      expect(stderr()).toContain(
        "[ERR_ACCEPT_TIMEOUT] Error accepting connection: no host connected within 200 ms.",
      );
    });

    it("does so too when those who connect are not its host", async () => {
      const { connect, running } = await listening(
        transport(),
        { PORTCALL_SECRET: secret },
        "waits-briefly.js",
      );
      const impostor = await connect();
      expect(await running.exited).toEqual({ how: "exited", code: 1 });
      await impostor.closed;
    });
  });

  describe("a plugin that is served twice", () => {
    it("refuses the second with ERR_OPTION, another copy of portcall's too, and never listens for somebody else", async () => {
      const plugin = await load<Twice>("serves-twice.js", { transport: transport() });
      expect(await plugin.describe()).toMatchObject({ components: { first: ["refusals", "seenByCopy"] } });
      expect(await plugin.components.first.refusals()).toEqual(
        Array(4).fill("ERR_OPTION: serve: a plugin serves once, and this one was served before."),
      );
    });

    it("refuses the second with ERR_OPTION after a handshake that failed, too: its secret is spent", async () => {
      const running = launch(transport(), "tries-twice.js", {
        env: invitation({ PORTCALL_SECRET: secret }),
      });
      const stderr = keepStderr(running);
      expect(await running.exited).toEqual({ how: "exited", code: 0 });
      expect(stderr()).toContain("tried: ERR_COOKIE, ERR_OPTION\n");
    });

    it("tells another copy of portcall of its calls, its interrupts and its end", async () => {
      const stderr = textSink();
      const plugin = await load<Twice>("serves-twice.js", { transport: transport(), stderr: stderr.stream });
      plugin.interrupt();
      await stderr.has("Received interrupt signal (count: 1)");
      expect(await plugin.components.first.seenByCopy()).toEqual(["first", "seenByCopy", 1]);
      await plugin.kill();
      expect(stderr.text).toContain("the copy's hook\n");
    });
  });

  describe("a host", () => {
    it("refuses who listens at the announced address and does not know the secret: ERR_AUTHENTICATION", async () => {
      const plugin = client("unproven.js", { transport: transport() });
      const error = await rejection(plugin.start());
      expect(error).toMatchObject({ name: "PluginError", code: "ERR_AUTHENTICATION" });
      expect(error.message).toContain("unproven.js");
      expect(plugin.hasExited).toBe(true);
    });

    it("gets in though an impostor was there first, spoke, and stays", async () => {
      const inner = transport();
      const impostors: Wire[] = [];
      const crowded: HandshakeTransport = {
        name: inner.name,
        launch: (request) => {
          const running = inner.launch(request);
          const connect = async (address: PluginAddress) => {
            impostors.push(await running.connect(address), await running.connect(address));
            impostors[0]?.postMessage("let me in");
            return running.connect(address);
          };
          return { ...held(running), connect };
        },
      };
      const plugin = await load<Greeter>("greeter.js", { transport: crowded });
      expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
      await Promise.all(impostors.map((wire) => wire.closed));
    });
  });
}

/** A launched plugin that has announced its address and waits for its host. */
async function listening(
  transport: HandshakeTransport,
  extra: Record<string, string> = { PORTCALL_SECRET: secret },
  name = "greeter.js",
): Promise<{ running: RunningPlugin; connect(): Promise<Wire> }> {
  const running = launch(transport, name, { env: invitation(extra) });
  running.stderr.resume();
  const { value } = await stdoutLines(running).next();
  const [, text = ""] = String(value).split("|");
  const [host = "", port] = text.split(":");
  const connect = async () => {
    const wire = await running.connect({ text, host, port: Number(port) });
    onTestFinished(() => wire.close());
    return wire;
  };
  return { running, connect };
}

function invitation(extra: Record<string, string>): Record<string, string> {
  const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;
  return { [cookieKey]: cookieValue, [minPortKey]: "0", [maxPortKey]: "0", ...extra };
}

/** Proves to be the host, and calls a method by hand. */
async function greetAs(wire: Wire): Promise<unknown> {
  const answered = nextMessage(wire, () => wire.open(mostBytes));
  wire.postMessage(hosts);
  expect(await answered).toBe(plugins);
  return greet(wire);
}

async function greet(wire: Wire): Promise<unknown> {
  wire.postMessage([[1, 0, 1, "greeter.greet", ["host"]]]);
  for (;;) {
    const batch = (await nextMessage(wire)) as unknown[][];
    const result = batch.find(([channel]) => channel === 1);
    if (result !== undefined) return result[3];
  }
}

/** The next message. What is to be done in the turn in which it comes is done before the one behind it is read. */
function nextMessage(wire: Wire, act: () => void = () => {}): Promise<unknown> {
  return new Promise((resolve) => {
    const once = ({ data }: { readonly data: unknown }) => {
      wire.removeEventListener("message", once);
      act();
      resolve(data);
    };
    wire.addEventListener("message", once);
  });
}

function messages(wire: Wire): unknown[] {
  const heard: unknown[] = [];
  wire.addEventListener("message", ({ data }) => heard.push(data));
  return heard;
}

/** The members of a running plugin, getters too, as an object of its own. */
function held(running: RunningPlugin): RunningPlugin {
  const { id, stdout, stderr, exited, connect, interrupt, stop } = running;
  return { id, stdout, stderr, exited, connect, interrupt, stop };
}
