import { availableParallelism } from "node:os";
import { setImmediate } from "node:timers/promises";
import type { WarmTransport } from "portcall";
import { describe, expect, it } from "vitest";
import { client, load } from "../../support/load.js";
import { until } from "../../support/until.js";
import { warmTransport, warmTransports } from "../../support/warm.js";
import { onWorkerStarted } from "../../support/workers.js";

const processors = availableParallelism();
/** So long after a plugin has taken it a spare is replaced, whatever starts meanwhile. */
const longestWaitMs = 1_000;

/** The same transport, and how many of its plugins have a connection. */
function counting(transport: WarmTransport) {
  const counted = { launched: 0, connected: 0 };
  const launch: WarmTransport["launch"] = (request) => {
    const running = transport.launch(request);
    counted.launched++;
    return {
      ...running,
      connect: (address) => running.connect(address).finally(() => void counted.connected++),
    };
  };
  return { counted, transport: { ...transport, launch } };
}

// A burst has as many starts as there are processors, and two more.
describe.skipIf(processors > 8).each(warmTransports)("a burst of starts on a %s transport", (_name, make) => {
  it("is over, but for fewer starts than there are processors, before its spares are replaced", async () => {
    const spares = warmTransport(make);
    await spares.ready();
    const { counted, transport } = counting(spares);
    const begun = performance.now();
    const burst = Array.from({ length: processors + 2 }, () => client("greeter.js", { transport }).start());
    await until(() => counted.launched === processors + 2);
    // Node tells of a thread in the turn after its start.
    await setImmediate();
    const replacements: { readonly connected: number; readonly afterMs: number }[] = [];
    onWorkerStarted(() => {
      replacements.push({ connected: counted.connected, afterMs: performance.now() - begun });
    });
    await Promise.all(burst);
    await until(() => spares.stats().ready === 2);
    expect(spares.stats()).toMatchObject({ warm: 2, cold: processors });
    expect(replacements).toHaveLength(2);
    expect(replacements.filter(({ connected, afterMs }) => connected < 3 && afterMs < longestWaitMs)).toEqual(
      [],
    );
  });

  it("that comes to no end leaves its spares replaced", async () => {
    const transport = warmTransport(make);
    await transport.ready();
    for (let i = 0; i < processors + 2; i++) {
      client("never-serves.js", { transport, killGraceMs: 100 })
        .start()
        .catch(() => {});
    }
    await until(() => transport.stats().cold === processors && transport.stats().ready === 2);
  });
});

describe.each(warmTransports)("the spares of a %s transport", (_name, make) => {
  it("are started for settings that nobody else asked for when a second plugin asks, and for the host's own at once", async () => {
    const transport = warmTransport(make);
    let started = 0;
    const loadOne = async (env: Record<string, string>) => {
      await (await load("greeter.js", { transport, env })).kill();
      await setImmediate();
    };
    await loadOne({});
    await until(() => transport.stats().ready === 2);
    onWorkerStarted(() => void started++);
    for (const number of ["1", "2", "3"]) await loadOne({ NODE_FIXTURE: number });
    expect(started).toBe(3);
    await loadOne({ NODE_FIXTURE: "3" });
    await until(() => transport.stats().ready === 4);
    await loadOne({ NODE_FIXTURE: "3" });
    expect(transport.stats()).toMatchObject({ warm: 1, cold: 5 });
  });
});
