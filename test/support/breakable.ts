import type { HandshakeTransport, WireListener } from "portcall";

/** Runs plugins as the given transport does; `breakSessions` lets each host hear something that no plugin says. */
export function breakable(inner: HandshakeTransport): {
  readonly transport: HandshakeTransport;
  breakSessions(): void;
} {
  const heard = new Set<WireListener>();
  const launch: HandshakeTransport["launch"] = (request) => {
    const running = inner.launch(request);
    return {
      ...running,
      connect: async (address) => {
        const wire = await running.connect(address);
        return Object.assign(Object.create(wire), {
          addEventListener: (type: "message", listener: WireListener) => {
            heard.add(listener);
            wire.addEventListener(type, listener);
          },
        });
      },
    };
  };
  return {
    transport: { name: inner.name, launch },
    breakSessions: () => {
      for (const listener of heard) listener({ data: "no frames" });
      heard.clear();
    },
  };
}
