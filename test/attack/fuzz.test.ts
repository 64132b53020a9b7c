import fc from "fast-check";
import { afterAll, describe, expect, it } from "vitest";
import { PluginError } from "../../src/errors.js";
import { kinds } from "../../src/rpc/frames.js";
import { proxy } from "../../src/rpc/values/marks.js";
import { builtIns, changesSince } from "../support/built-ins.js";
import { attackedHost, attackedPlugin, bounds, wirePairs } from "../support/raw-session.js";

/** PORTCALL_FUZZ_SEED repeats a run, PORTCALL_FUZZ_SECONDS makes each property last longer. */
const seed = Number(process.env.PORTCALL_FUZZ_SEED ?? Date.now() % 2 ** 31);
const seconds = Number(process.env.PORTCALL_FUZZ_SECONDS ?? 1);

const { call, result } = kinds;
const limits = { ...bounds, maxMessageBytes: 1_048_576, maxChannels: 50 };
type Pair = NonNullable<(typeof wirePairs)[string]>;

const count = fc.oneof(
  { weight: 20, arbitrary: fc.nat(12) },
  fc.constantFrom(Number.MAX_SAFE_INTEGER, 2 ** 32, -1, 0.5, Number.NaN),
);
const value = fc.anything({
  maxDepth: 3,
  withBigInt: true,
  withDate: true,
  withMap: true,
  withSet: true,
  withSparseArray: true,
  withTypedArray: true,
});
const name = fc.constantFrom(
  "",
  "it.echo",
  "it.hang",
  "it.share",
  "method",
  "constructor",
  "__proto__",
  "it.then",
);
const key = fc.oneof(
  fc.constantFrom("0", "1", "a", "length", "__proto__", "constructor", "props", "cause"),
  fc.string(),
);
const step = fc.oneof(
  { weight: 5, arbitrary: key },
  fc.tuple(fc.oneof(fc.nat(3), key), fc.constantFrom(0, 1, 2)),
);
const patch = fc.tuple(
  fc.array(step, { maxLength: 3 }),
  fc.constantFrom(
    "buffer",
    "error",
    "aborted",
    "mine",
    "function",
    "proxy",
    "signal",
    "iterable",
    "stream",
    "x",
  ),
  count,
  fc.oneof(fc.constant(["method"]), value),
);
const description = fc.record({
  thrown: fc.constantFrom("error", "value"),
  name: fc.oneof(
    fc.constantFrom("TypeError", "AggregateError", "DOMException AbortError", "__proto__"),
    value,
  ),
  message: fc.oneof(fc.string(), value),
  props: fc.oneof(fc.dictionary(key, value), value),
  cause: value,
  errors: fc.oneof(fc.array(value), value),
});
const content = fc.oneof(value, description, fc.array(fc.constant(null), { maxLength: 3 }));
const kind = fc.oneof({ weight: 20, arbitrary: fc.nat(9) }, value);
const frame = fc.oneof(
  { weight: 8, arbitrary: fc.tuple(count, kind, count, content, fc.array(patch, { maxLength: 3 })) },
  { weight: 8, arbitrary: fc.tuple(count, kind, count, content) },
  {
    weight: 4,
    arbitrary: fc.tuple(count, fc.constant(call), count, name, fc.array(content), fc.array(patch)),
  },
  { weight: 2, arbitrary: fc.tuple(fc.constant(0), fc.constant(kinds.notice), fc.string(), value) },
  { weight: 1, arbitrary: value },
);
/** Messages, each of some frames. */
const messages = fc.array(fc.array(frame, { minLength: 1, maxLength: 3 }), { minLength: 1, maxLength: 6 });

const before = builtIns();
afterAll(() => expect(changesSince(before)).toEqual([]));

describe(`whatever a peer sends (seed ${seed})`, () => {
  for (const [wire, pair] of Object.entries(wirePairs)) {
    it(`a host survives: frames over a ${wire}`, async () => {
      await holds(fc.asyncProperty(messages, (sent) => hostSurvives(pair, sent)));
    });

    it(`a plugin survives: frames over a ${wire}`, async () => {
      await holds(fc.asyncProperty(messages, (sent) => pluginSurvives(pair, sent)));
    });
  }

  const socket = wirePairs.socket as Pair;

  it("a host survives: what a plugin has said, with other bytes in it", async () => {
    const recorded = await recordPlugin(socket);
    await holds(fc.asyncProperty(mutations, (changes) => hostSurvives(socket, mutate(recorded, changes))));
  });

  it("a plugin survives: what a host has said, with other bytes in it", async () => {
    const recorded = await recordHost(socket);
    await holds(fc.asyncProperty(mutations, (changes) => pluginSurvives(socket, mutate(recorded, changes))));
  });
});

async function holds(property: fc.IAsyncProperty<unknown>): Promise<void> {
  await fc.assert(property as fc.IAsyncProperty<[unknown]>, {
    seed,
    numRuns: 1_000_000,
    interruptAfterTimeLimit: seconds * 1_000,
    markInterruptAsFailure: false,
  });
}

/** Either goes on, and makes a further call, or ends as it must; then every call has settled and nothing is left. */
async function hostSurvives(pair: Pair, sent: unknown[][] | Buffer): Promise<void> {
  const { session, plugin, end } = await attackedHost(pair, limits);
  const shared = proxy({ method: () => 1, secret: "untouched" });
  const args = [() => 1, shared, new AbortController().signal, items()];
  const calls = [0, 1, 2].map(() => session.call("it.call", args).then(consume, (reason: unknown) => reason));
  for (const _ of calls) await plugin.nextCall();
  deliver(plugin, sent);
  const answered = await Promise.race([end, goesOn(session, plugin)]);
  checkEnd(answered);
  session.end();
  await end;
  await Promise.all(calls);
  expect(session.inFlight).toBe(0);
  expect(session.liveChannels).toBe(0);
  expect(shared.secret).toBe("untouched");
}

async function goesOn(
  session: Awaited<ReturnType<typeof attackedHost>>["session"],
  plugin: Awaited<ReturnType<typeof attackedHost>>["plugin"],
): Promise<unknown> {
  const answer = session.call("it.call", ["go on"]).catch((reason: unknown) => reason);
  const isNew = (frame: readonly unknown[]) =>
    frame[0] === 1 && frame[1] === call && (frame[4] as unknown[])[0] === "go on";
  const called = plugin.hear(isNew).then(([, , id]) => plugin.send([1, result, id, 1]));
  await Promise.race([answer, called]);
  return answer;
}

async function pluginSurvives(pair: Pair, sent: unknown[][] | Buffer): Promise<void> {
  const shared = proxy({ method: () => 1, secret: "untouched" });
  const it = {
    hang: () => new Promise(() => {}),
    share: () => [() => 1, shared, new AbortController().signal, items()],
    echo: async (value: unknown) => {
      await consume(value);
      return value;
    },
  };
  const { session, host, end } = await attackedPlugin(pair, { it }, limits);
  host.send([1, call, 1, "it.share", []], [1, call, 2, "it.hang", []]);
  await host.hear((frame) => frame[1] === result && frame[2] === 1);
  deliver(host, sent);
  host.send([1, call, 2 ** 40, "it.hang", []], [1, call, 2 ** 40 + 1, "it.share", []]);
  checkEnd(await Promise.race([end, host.hear((frame) => frame[2] === 2 ** 40 + 1)]));
  session.end();
  await end;
  expect(shared.secret).toBe("untouched");
}

function deliver(
  peer: { send(...frames: unknown[]): void; socket: { write(bytes: Buffer): void } | undefined },
  sent: unknown[][] | Buffer,
): void {
  if (Buffer.isBuffer(sent)) peer.socket?.write(sent);
  else for (const frames of sent) peer.send(...frames);
}

/** A session ends for nothing else, and goes on otherwise. */
function checkEnd(end: unknown): void {
  const { how, error } = Object(end) as { how?: string; error?: unknown };
  if (how !== "failed") return;
  expect(error).toBeInstanceOf(PluginError);
  expect(["ERR_PROTOCOL", "ERR_MESSAGE_TOO_LARGE"]).toContain((error as PluginError).code);
}

/** Uses what came as somebody would who trusts it. */
async function consume(value: unknown): Promise<void> {
  for (const part of Object.values(Object(value))) {
    if (typeof part === "function") void Promise.resolve(part()).catch(() => {});
    if (part instanceof AbortSignal) part.addEventListener("abort", () => {});
    const iterate = Object(part)[Symbol.asyncIterator] as (() => AsyncIterator<unknown>) | undefined;
    if (typeof iterate === "function")
      void iterate
        .call(part)
        .next()
        .catch(() => {});
  }
}

async function* items(): AsyncGenerator<number> {
  for (let i = 0; i < 100; i++) yield i;
}

/** The bytes of a real plugin's session, from its ready notice on. */
async function recordPlugin(pair: Pair): Promise<Buffer> {
  const it = {
    share: () => [() => 1, proxy({ method: () => 1 }), items(), new Map([[{}, Buffer.from("x")]])],
    fail,
  };
  const { session, host, end } = await attackedPlugin(pair, { it }, limits);
  const chunks: Buffer[] = [];
  host.socket?.on("data", (chunk: Buffer) => void chunks.push(chunk));
  host.send([1, call, 1, "it.share", []], [1, call, 2, "it.fail", []], [1, call, 3, "it.share", []]);
  await host.hear((frame) => frame[2] === 2);
  host.send([7, kinds.credit, 64]);
  await host.hear((frame) => frame[1] === kinds.item);
  session.end();
  await end;
  return Buffer.concat(chunks);
}

function fail(): never {
  throw new AggregateError([new TypeError("one", { cause: { two: 2n } })], "several");
}

/** The bytes of a real host's session. */
async function recordHost(pair: Pair): Promise<Buffer> {
  const { session, plugin, end } = await attackedHost(pair, limits);
  const chunks: Buffer[] = [];
  plugin.socket?.on("data", (chunk: Buffer) => void chunks.push(chunk));
  const args = [
    () => 1,
    proxy({ method: () => 1 }),
    items(),
    new Set([new Date(0), new RangeError("x")]),
    1n,
  ];
  const gaveUp = new AbortController();
  const calls = ["it.echo", "it.hang", "it.share"].map((name) =>
    session.call(name, args, { signal: gaveUp.signal }).catch(() => {}),
  );
  for (const _ of calls) await plugin.nextCall();
  gaveUp.abort();
  await plugin.hear((frame) => frame[1] === kinds.cancel);
  session.end();
  await Promise.all([end, ...calls]);
  return Buffer.concat(chunks);
}

type Mutation = readonly [at: number, how: "set" | "cut" | "insert" | "swap", byte: number];

const mutations = fc.array(
  fc.tuple(
    fc.double({ min: 0, max: 1, noNaN: true }),
    fc.constantFrom("set", "cut", "insert", "swap"),
    fc.nat(255),
  ),
  { maxLength: 8 },
) as fc.Arbitrary<Mutation[]>;

function mutate(recorded: Buffer, changes: readonly Mutation[]): Buffer {
  let bytes = Buffer.from(recorded);
  for (const [share, how, byte] of changes) {
    const at = Math.floor(share * bytes.length);
    const [head, tail] = [bytes.subarray(0, at), bytes.subarray(at)];
    if (how === "set") bytes[Math.min(at, bytes.length - 1)] = byte;
    else if (how === "cut") bytes = Buffer.concat([head, tail.subarray(byte % 8)]);
    else if (how === "insert") bytes = Buffer.concat([head, Buffer.from([byte]), tail]);
    else bytes = Buffer.concat([tail, head]);
  }
  return bytes;
}
