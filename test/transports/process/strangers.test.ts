import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { type HandshakeTransport, type PluginAddress, processTransport } from "portcall";
import { describe, expect, it, onTestFinished } from "vitest";
import { load } from "../../support/load.js";

interface Greeter {
  greeter: { greet(name: string): string };
}

const header = (length: number, kind: number) => {
  const bytes = Buffer.alloc(5);
  bytes.writeUInt32BE(length);
  bytes[4] = kind;
  return bytes;
};

/** What finds an open port and speaks to it, before the host does. */
const strangers: Record<string, (socket: Socket) => void> = {
  "sends HTTP": (socket) => socket.write("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"),
  "begins a TLS handshake": (socket) => socket.write(Buffer.from("16030100c8010000c40303", "hex")),
  "announces four gigabytes": (socket) => socket.write(header(0xffff_ffff, 0)),
  "announces one byte too many": (socket) => socket.write(header(129, 0)),
  "sends ten megabytes of zeros": (socket) => socket.write(Buffer.alloc(10 * 1024 * 1024)),
  "sends a wrong half": (socket) => socket.write(Buffer.concat([header(32, 0), Buffer.alloc(32, "x")])),
  "sends a call in V8's format": (socket) => socket.write(Buffer.concat([header(4, 1), Buffer.alloc(4, 1)])),
};

describe("a stranger that is at a plugin's port before the host", () => {
  it.each(Object.keys(strangers))(
    "is hung up on, hears nothing, and keeps nobody out, when it %s",
    async (how) => {
      const { transport, stranger } = preceded(strangers[how] as (socket: Socket) => void);
      const plugin = await load<Greeter>("greeter.js", { transport });
      expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
      expect(await stranger()).toEqual(Buffer.alloc(0));
    },
  );

  it.each<[string, (socket: Socket) => void]>([
    ["says nothing", () => {}],
    ["sends half a header and waits", (socket) => socket.write(Buffer.alloc(3))],
    ["hangs up at once", (socket) => socket.end()],
    ["resets the connection", (socket) => socket.resetAndDestroy()],
  ])("is let go once the host is there, when it %s", async (_how, speak) => {
    const { transport, stranger } = preceded(speak);
    const plugin = await load<Greeter>("greeter.js", { transport });
    expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
    expect(await stranger()).toEqual(Buffer.alloc(0));
  });
});

/** A process transport whose plugins a stranger connects and speaks to first. */
function preceded(speak: (socket: Socket) => void): {
  transport: HandshakeTransport;
  /** All that the stranger has heard, once it was hung up on. */
  stranger(): Promise<Buffer>;
} {
  const inner = processTransport();
  let heard: Promise<Buffer> = Promise.resolve(Buffer.alloc(0));
  const precede = async ({ host, port }: PluginAddress) => {
    const socket = connect({ host, port });
    onTestFinished(() => void socket.destroy());
    heard = hearing(socket);
    await once(socket, "connect");
    speak(socket);
  };
  return {
    transport: {
      name: inner.name,
      launch: (request) => {
        const running = inner.launch(request);
        const reach = running.connect;
        return Object.assign(running, {
          connect: async (address: PluginAddress) => {
            await precede(address);
            return reach(address);
          },
        });
      },
    },
    stranger: () => heard,
  };
}

function hearing(socket: Socket): Promise<Buffer> {
  const chunks: Buffer[] = [];
  socket.on("data", (chunk) => chunks.push(chunk));
  socket.on("error", () => {});
  return new Promise((resolve) => void socket.once("close", () => resolve(Buffer.concat(chunks))));
}
