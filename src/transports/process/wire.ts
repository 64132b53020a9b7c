import type { Socket } from "node:net";
import { PluginError } from "../../errors.js";
import { messageTarget } from "../message-target.js";
import type { Wire, WireEnd } from "../transport.js";
import { frameKind, frameReader, textFrame } from "./frames.js";
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
  let corked = false;
  let failure: Error | undefined;

  const close = () => {
    if (state === "closed") return;
    state = "closed";
    uncork();
    socket.destroySoon();
    const timer = setTimeout(() => socket.destroy(), flushMs).unref();
    socket.once("close", () => clearTimeout(timer));
  };
  const fail = (error: Error) => {
    failure ??= error;
    state = "closed";
    socket.destroy();
  };
  const reader = frameReader(unprovenBytes, (kind, payload) => {
    if (state === "closed") return;
    if ((kind === frameKind.text) !== (state === "unproven")) throw outOfTurn(kind);
    if (kind === frameKind.jsonOnly) jsonOnly = true;
    target.dispatch(kind === frameKind.text ? payload.toString("latin1") : decodeMessage(kind, payload));
  });
  const uncork = () => {
    if (corked) socket.uncork();
    corked = false;
  };
  /** All that is posted in one tick leaves in one write. */
  const write = (frame: Buffer) => {
    if (!corked) {
      corked = true;
      socket.cork();
      process.nextTick(uncork);
    }
    socket.write(frame);
  };

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
    postMessage: (message) => {
      if (state === "closed") return;
      write(
        state === "unproven" ? textFrame(frameKind.text, String(message)) : encodeMessage(message, jsonOnly),
      );
    },
    get bufferedBytes() {
      return socket.writableLength;
    },
    addEventListener: (_type, listener) => target.add(listener),
    removeEventListener: (_type, listener) => target.remove(listener),
    open: (maxMessageBytes) => {
      if (state === "unproven") state = "open";
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
