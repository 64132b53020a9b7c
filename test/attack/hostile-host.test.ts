import { describe, expect, it } from "vitest";
import { kinds } from "../../src/rpc/frames.js";
import { proxy } from "../../src/rpc/values/marks.js";
import { builtIns, changesSince } from "../support/built-ins.js";
import { attackedPlugin, wirePairs } from "../support/raw-session.js";
import {
  below,
  brokenPatches,
  comlinkMessages,
  everyKindEverywhere,
  type Frames,
  malformedFrames,
} from "./frames.js";

const { call, result, error, cancel } = kinds;

/** What a host may send in the scene below. */
const mayBeSent = new Set([
  "call 1",
  ...["call 3", "retain 3", "release 3"],
  ...["call 5", "retain 5", "release 5"],
  ...["retain 7", "release 7"],
  ...["leave 9", "credit 9", "retain 9", "release 9"],
  ...["result 2", "error 2"],
  ...["own error 6", "own error 8", "end 8"],
]);

const everywhere = everyKindEverywhere(10);

for (const [name, pair] of Object.entries(wirePairs)) {
  describe(`a plugin's session with a hostile host, over a ${name}`, () => {
    it.each<[string, Frames]>([
      [
        "a kind of frame that is not for its channel, or for its sender",
        everywhere.filter(([what]) => !mayBeSent.has(what)),
      ],
      ["a frame of another shape", malformedFrames.filter(([what]) => !/^credit|has none/.test(what))],
      ["comlink's own messages", comlinkMessages],
      [
        "an answer to no call",
        [
          ["a call never made", [2, result, 2, 1]],
          ["no id", [2, result, 0, 1]],
          ["on another channel than its call", [4, result, 1, 1]],
        ],
      ],
      [
        "a call by a number that is not new",
        [
          ["zero", [1, call, 0, "it.echo", []]],
          ["used before", [1, call, 1, "it.echo", []]],
          ["of a call that has ended", [1, call, 3, "it.echo", []]],
        ],
      ],
      [
        "patches that do not fit the arguments",
        brokenPatches((value, patches) => [1, call, 10, "it.echo", [value], below(["0"], patches)], "host"),
      ],
      [
        "patches that do not fit the answer of a callback",
        brokenPatches((value, patches) => [2, result, 1, value, patches], "host"),
      ],
    ])("ends with ERR_PROTOCOL over %s", async (_what, attacks) => {
      const before = builtIns();
      const survived: string[] = [];
      for (const [what, frames, all] of attacks) {
        const { host, end, signal, callback, shared, touched } = await scene(
          pair as NonNullable<typeof pair>,
        );
        host.send(...((all === undefined ? [frames] : frames) as unknown[]));
        host.send([1, call, 1_000, "it.echo", ["goes on"]]);
        const ending = await Promise.race([end, host.hear((frame) => frame[2] === 1_000)]);
        if (!("how" in ending) || ending.how !== "failed") {
          survived.push(`${what}: goes on`);
          continue;
        }
        if ((ending.error as { code?: string }).code !== "ERR_PROTOCOL")
          survived.push(`${what}: ${ending.error}`);
        expect(signal.aborted, what).toBe(true);
        expect(await callback, what).toMatchObject({ code: "ERR_ABORTED" });
        expect(shared).toMatchObject({ secret: "untouched" });
        expect(touched, what).toEqual([]);
      }
      expect(changesSince(before)).toEqual([]);
      expect(survived).toEqual([]);
    });

    it.each([
      "it.constructor",
      "it.__proto__",
      "it.prototype",
      "it.toString",
      "it.hasOwnProperty",
      "it.valueOf",
      "it.getter",
      "it.value",
      "it.then",
      "it.nested.method",
      "it.echo.call",
      "it.echo.constructor",
      "it.",
      "it",
      ".echo",
      "echo",
      "",
      "constructor",
      "constructor.constructor",
      "__proto__.toString",
      "toString.call",
      "run",
      "it.\u0000echo",
      "IT.echo",
      "it.echo ",
    ])("answers a call of %j with an error, and reads nothing of that name", async (method) => {
      const before = builtIns();
      const { host, touched } = await scene(pair as NonNullable<typeof pair>);
      for (const [i, channel] of [1, 3, 5].entries()) {
        if (method === "" && channel === 3) continue;
        host.send([channel, call, 10 + i, method, []]);
        const answer = await host.hear((frame) => frame[2] === 10 + i);
        expect(answer).toMatchObject([
          channel,
          error,
          10 + i,
          { props: { code: expect.stringMatching(/^ERR_UNKNOWN/) } },
        ]);
      }
      expect(touched).toEqual([]);
      expect(changesSince(before)).toEqual([]);
    });

    it("goes on over what a host may do", async () => {
      for (const [what, frame] of everywhere.filter(([what]) => mayBeSent.has(what))) {
        const { host } = await scene(pair as NonNullable<typeof pair>);
        host.send(frame, [1, call, 1_000, "it.echo", [what]]);
        expect(await host.hear((frame) => frame[2] === 1_000)).toEqual([1, result, 1_000, what]);
      }
    });
  });
}

/** What is going on while the host turns hostile. Channels 2 to 8 are the host's, 3 to 9 the plugin's. */
async function scene(pair: NonNullable<(typeof wirePairs)[string]>) {
  const touched: unknown[] = [];
  const shared = {
    method: () => "method",
    secret: "untouched",
    get getter() {
      return touched.push("getter");
    },
  };
  const steps = async function* () {
    yield 1;
  };
  let started: (args: unknown[]) => void = () => {};
  const running = new Promise<unknown[]>((resolve) => {
    started = resolve;
  });
  const it = {
    hang: (...args: unknown[]) => {
      started(args);
      return new Promise(() => {});
    },
    share: () => [() => "function", proxy(shared), new AbortController().signal, steps()],
    echo: (value: unknown) => value,
    value: { method: () => touched.push("nested") },
    get getter() {
      return touched.push("getter");
    },
  };
  const { host, end } = await attackedPlugin(pair, { it });
  // Call 1 hangs, and calls a function of the host's. Call 2 shares what the plugin has. Call 3 was given up.
  const patches = [
    [["0"], "function", 2],
    [["1"], "proxy", 4, ["method"]],
    [["2"], "signal", 6],
    [["3"], "iterable", 8],
  ];
  host.send([1, call, 1, "it.hang", [null, null, null, null], patches], [1, call, 2, "it.share", []]);
  host.send([1, call, 3, "it.hang", []], [1, cancel, 3]);
  const [fn, , signal] = (await running) as [() => Promise<unknown>, object, AbortSignal];
  const callback = fn().catch((reason: unknown) => reason);
  await host.nextCall();
  await host.hear((frame) => frame[2] === 2 && frame[1] === result);
  return { host, end, signal, callback, shared, touched };
}
