import type { Socket } from "node:net";
import { PluginError } from "../../errors.js";
import { messageTarget } from "../message-target.js";
import type { Wire, WireEnd } from "../transport.js";
import { frameKind, frameReader, headerBytes, textFrame } from "./frames.js";
import { decodeMessage, encodeMessage } from "./values.js";

/** What a peer that has not proven itself may send: half a secret and a little. In bytes. */
const unprovenBytes = 128;
/** How long a closing wire waits for a peer that does not read. */
const flushMs = 1_000;

/** A wire over a connected socket, for either end. */
export function socketWire(socket: Socket): Wire {
  const target = messageTarget();
  let state: "unproven" | "open" | "closed" = "unproven";
  let jsonOnly = false;
  let mostBytes = unprovenBytes;
  let failure: Error | undefined;

  const { write, flush } = tickWriter(socket);
  const close = () => {
    if (state === "closed") return;
    state = "closed";
    flush();
    socket.destroySoon();
    const timer = setTimeout(() => socket.destroy(), flushMs).unref();
    socket.once("close", () => clearTimeout(timer));
  };
  const fail = (error: Error) => {
    failure ??= error;
    state = "closed";
    socket.destroy();
  };
  const reader = frameReader(unprovenBytes, (kind, payload, bytes) => {
    if (state === "closed") return;
    if ((kind === frameKind.text) !== (state === "unproven")) throw outOfTurn(kind);
    if (kind === frameKind.jsonOnly) jsonOnly = true;
    const isText = kind === frameKind.text;
    target.dispatch(isText ? payload.toString("latin1") : decodeMessage(kind, payload, bytes));
  });

  socket.setNoDelay(true);
  socket.on("data", (chunk) => {
    try {
      reader.push(chunk);
    } catch (error) {
      fail(asProtocolError(error));
    }
  });
  socket.on("error", fail);
  socket.on("end", close);

  return {
    postMessage: (message, transfer) => {
      if (state === "closed") return;
      if (state === "unproven") return write(textFrame(frameKind.text, String(message)));
      const frame = encodeMessage(message, jsonOnly);
      refuseTooLarge(frame, mostBytes);
      // What a port would move is gone on this side, here too; what it would refuse to move is not sent.
      if (transfer !== undefined) structuredClone(null, { transfer: [...transfer] as ArrayBuffer[] });
      write(frame);
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    carriesViews: true,
    addEventListener: (_type, listener) => target.add(listener),
    removeEventListener: (_type, listener) => target.remove(listener),
    open: (maxMessageBytes) => {
      if (state === "unproven") state = "open";
      mostBytes = maxMessageBytes;
      reader.limit(maxMessageBytes);
    },
    closed: new Promise<WireEnd>((resolve) => {
      socket.once("close", () => {
        state = "closed";
        resolve(failure === undefined ? { how: "closed" } : { how: "failed", error: failure });
      });
    }),
    close,
  };
}

/** All that is written in one tick leaves in one piece. */
function tickWriter(socket: Socket): { write(frame: Buffer): void; flush(): void } {
  let isCorked = false;
  const flush = () => {
    if (isCorked) socket.uncork();
    isCorked = false;
  };
  const write = (frame: Buffer) => {
    if (!isCorked) {
      isCorked = true;
      socket.cork();
      process.nextTick(flush);
    }
    socket.write(frame);
  };
  return { write, flush };
}

/** The peer would end the session over it. */
function refuseTooLarge(frame: Buffer, mostBytes: number): void {
  if (frame.length <= mostBytes + headerBytes) return;
  throw new PluginError(
    "ERR_MESSAGE_TOO_LARGE",
    `A message of ${frame.length - headerBytes} bytes was not sent; ${mostBytes} are allowed. Raise maxMessageBytes, or send it in parts, as a stream.`,
  );
}

function outOfTurn(kind: number): PluginError {
  return new PluginError(
    "ERR_PROTOCOL",
    `The peer sent a frame of kind ${kind} out of turn. It is no portcall peer.`,
  );
}

function asProtocolError(cause: unknown): PluginError {
  if (cause instanceof PluginError) return cause;
  return new PluginError(
    "ERR_PROTOCOL",
    "The peer sent a message that cannot be read. It is no portcall peer.",
    { cause },
  );
}
