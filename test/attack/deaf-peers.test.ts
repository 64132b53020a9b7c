import { describe, expect, it } from "vitest";
import { kinds } from "../../src/rpc/frames.js";
import { rejection } from "../support/load.js";
import { until } from "../support/processes.js";
import { attackedHost, bounds, wirePairs } from "../support/raw-session.js";

const { call, result, credit } = kinds;
const limits = { ...bounds, maxMessageBytes: 1_048_576 };
const mebibyte = 1_048_576;

for (const [name, pair] of Object.entries(wirePairs)) {
  describe(`a host's session over a ${name}, with a plugin that reads nothing`, () => {
    it.each<[string, unknown]>([
      ["pings", [0, kinds.notice, "ping", true]],
      ["calls of a method that there is not", [2, call, 0, "x".repeat(1_000), []]],
    ])("ends rather than keep the answers to millions of %s", async (_what, frame) => {
      const { session, plugin, end } = await attackedHost(pair, limits);
      const inFlight = rejection(session.call("it.call", [() => {}]));
      await plugin.nextCall();
      plugin.stopReading();
      let ended = false;
      void end.then(() => {
        ended = true;
      });
      let id = 0;
      while (!ended) {
        const frames = Array.from({ length: 1_000 }, () => {
          const copy = [...(frame as unknown[])];
          if (copy[1] === call) copy[2] = ++id;
          return copy;
        });
        plugin.send(...frames);
        await plugin.written();
        expect(session.bufferedBytes).toBeLessThan(64 * mebibyte);
      }
      expect(await end).toMatchObject({ how: "failed", error: { code: "ERR_BACKPRESSURE" } });
      expect(await inFlight).toMatchObject({ code: "ERR_BACKPRESSURE" });
    });

    it("sends no more of a stream than may be unread, whatever credit it is given", async () => {
      const { session, plugin } = await attackedHost(pair, limits);
      let made = 0;
      const steps = (async function* () {
        for (;;) {
          made++;
          yield new Uint8Array(mebibyte / 2);
        }
      })();
      const inFlight = rejection(session.call("it.call", [steps]));
      await plugin.nextCall();
      plugin.stopReading();
      for (let i = 0; i < 200; i++) {
        plugin.send([2, credit, Number.MAX_SAFE_INTEGER]);
        await plugin.written();
      }
      await until("a stop", () => made > 30);
      const before = made;
      for (let i = 0; i < 50; i++) {
        plugin.send([2, credit, Number.MAX_SAFE_INTEGER]);
        await plugin.written();
      }
      expect(made - before).toBeLessThan(3);
      expect(made).toBeLessThan(40);
      plugin.send([1, result, 1, 1]);
      session.end();
      void inFlight.catch(() => {});
    });
  });
}
