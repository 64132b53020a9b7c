import { processTransport } from "../../transports/process/host.js";
import { threadTransport } from "../../transports/thread/host.js";
import type { HandshakeTransport } from "../../transports/transport.js";
import { warmProcessTransport } from "../../transports/warm/host.js";
import { sharedSupply } from "../shared-supply.js";

/** A way to run a plugin, by the name that `PORTCALL_TRANSPORT` has for it. */
export type ParityTransport = "process" | "thread" | "warm-process" | "warm-thread";

export const parityTransports: readonly ParityTransport[] = [
  "process",
  "thread",
  "warm-process",
  "warm-thread",
];

/** A transport of its own for one check. */
export interface ParityWay {
  /** Resolves with the transport when it is at strength. One that cannot be starts plugins cold, and these say why. */
  ready(): Promise<HandshakeTransport>;
  /** Ends its spares. */
  end(): Promise<void>;
}

/** Starts nothing yet. */
export function parityTransport(name: ParityTransport): ParityWay {
  const nothing = async () => {};
  switch (name) {
    case "process":
      return { ready: async () => processTransport(), end: nothing };
    case "thread":
      return { ready: async () => threadTransport(), end: nothing };
    case "warm-thread":
      // Kept for the tests that follow.
      return { ready: sharedSupply, end: nothing };
    case "warm-process": {
      const transport = warmProcessTransport({ spares: 1 });
      return {
        ready: async () => {
          await transport.ready().catch(() => {});
          return transport;
        },
        end: () => transport[Symbol.asyncDispose](),
      };
    }
  }
}
