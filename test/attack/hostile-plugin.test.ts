import { describe, expect, it } from "vitest";
import { kinds } from "../../src/rpc/frames.js";
import { proxy } from "../../src/rpc/values/marks.js";
import { builtIns, changesSince } from "../support/built-ins.js";
import { rejection } from "../support/load.js";
import { attackedHost, wirePairs } from "../support/raw-session.js";
import { sparse } from "../support/sparse.js";
import {
  below,
  brokenPatches,
  comlinkMessages,
  everyKindEverywhere,
  type Frames,
  malformedFrames,
} from "./frames.js";

const { call, result, error, item } = kinds;
const failure = { thrown: "value", value: 1 };

/** What a plugin may send in the scene below: calls to what it was given, and the like. */
const mayBeSent = new Set([
  ...["result 1", "error 1"],
  ...["call 2", "retain 2", "release 2"],
  ...["call 4", "retain 4", "release 4"],
  ...["retain 6", "release 6"],
  ...["leave 8", "credit 8", "retain 8", "release 8"],
  ...["own error 7", "own error 9", "end 9"],
]);

const everywhere = everyKindEverywhere(1);

for (const [name, pair] of Object.entries(wirePairs)) {
  describe(`a host's session with a hostile plugin, over a ${name}`, () => {
    it.each<[string, Frames]>([
      [
        "a kind of frame that is not for its channel, or for its sender",
        everywhere.filter(([what]) => !mayBeSent.has(what)),
      ],
      ["a frame of another shape", malformedFrames],
      ["comlink's own messages, which only its copy inside each end may see", comlinkMessages],
      [
        "an answer to no call",
        [
          ["a call never made", [1, result, 4, 1]],
          ["far in the future", [1, result, Number.MAX_SAFE_INTEGER, 1]],
          ["no id", [1, result, 0, 1]],
          ["twice", [1, result, 2, "again"]],
          ["an error for what was answered", [1, error, 2, failure]],
        ],
      ],
      ["a pong to no ping", [["pong", [0, kinds.notice, "pong", true]]]],
      [
        "a call by a number that is not new",
        [
          ["zero", [2, call, 0, "", []]],
          [
            "twice",
            [
              [2, call, 1, "", []],
              [2, call, 1, "", []],
            ],
            "all",
          ],
          [
            "descending",
            [
              [2, call, 9, "", []],
              [2, call, 8, "", []],
            ],
            "all",
          ],
        ],
      ],
      [
        "patches that do not fit their value",
        brokenPatches((value, patches) => [1, result, 1, value, patches]),
      ],
      [
        "patches that do not fit the arguments of a callback",
        brokenPatches((value, patches) => [2, call, 1, "", [value], below(["0"], patches)]),
      ],
      ["patches that do not fit an error", brokenPatches((value, patches) => errorWith(1, value, patches))],
      [
        "patches that do not fit the reason of an abort",
        brokenPatches((value, patches) => [7, ...errorWith(0, value, patches).slice(1)]),
      ],
      [
        "patches of an answer that nobody reads any more",
        brokenPatches((value, patches) => [1, result, 3, value, patches]).filter(([what]) =>
          /no patch|(text|NaN|negative|half a) .*channel|channel of|channel 0|components|hole of billions/.test(
            what,
          ),
        ),
      ],
      [
        "texts of an error that are none",
        ["name", "message", "stack"].flatMap(
          (field): Frames =>
            [{ toString: 1 }, sparse(100_000_000), 7, null].map((text, i) => [
              `${field} ${i}`,
              [
                1,
                error,
                1,
                { thrown: "error", name: "Error", message: "", stack: "", props: {}, [field]: text },
              ],
            ]),
        ),
      ],
      [
        // A promise that is resolved with it calls the plugin, and nobody hears the rejection of that call.
        "a result that says it is a promise",
        [["then", [1, result, 1, JSON.parse('{"then":null}'), [[["then"], "function", 11]]]]],
      ],
      ["an item that was not asked for", [["one", [9, item, 0, 1]]]],
    ])("ends with ERR_PROTOCOL over %s", async (_what, attacks) => {
      const before = builtIns();
      const survived: string[] = [];
      for (const [what, frames, all] of attacks) {
        const { session, plugin, end, inFlight, shared, touched } = await scene(pair);
        plugin.send(...((all === undefined ? [frames] : frames) as unknown[]));
        // A session that goes on answers this; one that ended does not.
        plugin.send([1, result, 1, "survived"]);
        const ending = await Promise.race([end, inFlight]);
        if (!("how" in ending) || ending.how !== "failed") {
          survived.push(`${what}: goes on`);
          continue;
        }
        if ((ending.error as { code?: string }).code !== "ERR_PROTOCOL")
          survived.push(`${what}: ${ending.error}`);
        expect(await inFlight).toBe(ending.error);
        expect(session.inFlight).toBe(0);
        expect(session.liveChannels, what).toBe(0);
        expect(shared).toMatchObject({ secret: "untouched" });
        expect(
          touched.filter((what) => what !== "call"),
          what,
        ).toEqual([]);
      }
      expect(changesSince(before)).toEqual([]);
      expect(survived).toEqual([]);
    });

    it("goes on over what a plugin may do, and settles each call once", async () => {
      for (const [what, frame] of everywhere.filter(([what]) => mayBeSent.has(what))) {
        const { session, plugin, inFlight } = await scene(pair);
        plugin.send(frame);
        if (!what.endsWith(" 1")) plugin.send([1, error, 1, { thrown: "value", value: 1 }]);
        await inFlight;
        const again = session.call("it.call", []);
        const [, , id] = await plugin.nextCall();
        plugin.send([1, result, id, "goes on"]);
        expect(await again, what).toBe("goes on");
      }
    });
  });
}

/** What is going on while the plugin turns hostile. Channels 2 to 8 are the host's, 3 to 9 the plugin's. */
async function scene(pair: (typeof wirePairs)[string]) {
  const attacked = await attackedHost(pair as NonNullable<typeof pair>);
  const { session, plugin } = attacked;
  const touched: unknown[] = [];
  const shared = {
    save: (value: unknown) => touched.push(["save", value]),
    secret: "untouched",
    get getter() {
      return touched.push("getter");
    },
  };
  const steps = (async function* () {
    yield 1;
  })();
  const fn = () => touched.push("call");
  // Call 1 is in flight, and has brought what the host shares.
  const inFlight = session.call("it.call", [fn, proxy(shared), new AbortController().signal, steps]).then(
    (value) => ({ value }),
    (reason: unknown) => reason as Error,
  );
  // Call 2 was answered, with what the plugin shares. Call 3 was given up.
  const answered = session.call("it.call", []);
  const gaveUp = new AbortController();
  const givenUp = rejection(session.call("it.call", [], { signal: gaveUp.signal }));
  for (let i = 0; i < 3; i++) await plugin.nextCall();
  const patches = [
    [["0"], "function", 3],
    [["1"], "proxy", 5, ["method"]],
    [["2"], "signal", 7],
    [["3"], "iterable", 9],
  ];
  plugin.send([1, result, 2, [null, null, null, null], patches]);
  const held = await answered;
  gaveUp.abort();
  await givenUp;
  return { ...attacked, inFlight, held, shared, touched };
}

function errorWith(id: number, value: unknown, patches: unknown[]): unknown[] {
  const description = { thrown: "error", name: "Error", message: "", stack: "", props: { it: value } };
  return [1, error, id, description, below(["props", "it"], patches)];
}
