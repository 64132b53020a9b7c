import type { MessagePort } from "node:worker_threads";
import { PluginError } from "../../errors.js";
import { messageTarget } from "../message-target.js";
import type { Wire, WireEnd } from "../transport.js";

/** What a peer that has not proven itself may send: half a secret and a little. In characters. */
const unprovenLength = 128;

/** A wire over one end of a MessageChannel, for either side. It keeps its thread alive until it is closed. */
export function portWire(port: MessagePort): Wire {
  const target = messageTarget();
  let state: "unproven" | "open" | "closed" = "unproven";
  let failure: Error | undefined;

  const fail = (error: Error) => {
    failure ??= error;
    state = "closed";
    port.close();
  };
  port.on("message", (data: unknown) => {
    if (state === "closed") return;
    if (state === "unproven" && !(typeof data === "string" && data.length <= unprovenLength)) {
      fail(
        new PluginError("ERR_PROTOCOL", "The peer spoke before it proved itself. It is no portcall peer."),
      );
    } else {
      target.dispatch(data);
    }
  });
  port.on("messageerror", (cause) => {
    fail(new PluginError("ERR_PROTOCOL", "The peer sent a message that cannot be read here.", { cause }));
  });

  return {
    postMessage: (message, transfer) => {
      if (state !== "closed") port.postMessage(message, transfer as readonly MessagePort[] | undefined);
    },
    bufferedBytes: 0,
    addEventListener: (_type, listener) => target.add(listener),
    removeEventListener: (_type, listener) => target.remove(listener),
    open: () => {
      if (state === "unproven") state = "open";
    },
    closed: new Promise<WireEnd>((resolve) => {
      port.once("close", () => {
        state = "closed";
        resolve(failure === undefined ? { how: "closed" } : { how: "failed", error: failure });
      });
    }),
    close: () => {
      if (state === "closed") return;
      state = "closed";
      port.close();
    },
  };
}
