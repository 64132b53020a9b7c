import { runInNewContext } from "node:vm";
import { PluginError, type PluginOptions } from "portcall";
import { describe, expect, it } from "vitest";
import { client, type MakeTransport, rejection, reusing } from "../support/load.js";
import { collect } from "./streams.js";

interface Thrower {
  thrower: {
    throws(kind: string, ...args: unknown[]): never;
    rejects(kind: string): Promise<never>;
    returns(kind: string): { error: Error & Record<string, unknown> };
    calls(callback: () => unknown): Promise<unknown>;
    callsAndTells(callback: () => unknown): Promise<Record<string, unknown>>;
    streams(character: string, times: number): AsyncIterable<number>;
    reasonOf(signal: AbortSignal): Promise<string>;
    ping(): string;
  };
}

// biome-ignore lint/suspicious/noExplicitAny: a test may look for anything in what was thrown
type Thrown = any;

/** What a caller learns of what a method throws. */
export function callErrorsContract(transport: MakeTransport): void {
  describe("errors of calls", () => {
    const loaded = reusing<Thrower>("thrower.js", transport);
    const thrower = async (options?: PluginOptions) => (await loaded(options)).components.thrower;

    it("keeps class, name and message", async () => {
      const { throws, rejects } = await thrower();
      const typeError: Thrown = await rejection(throws("typeError"));
      expect(typeError).toBeInstanceOf(TypeError);
      expect(typeError).toMatchObject({ name: "TypeError", message: "bad type" });
      expect(await rejection(rejects("named"))).toMatchObject({
        name: "ValidationError",
        message: "bad value",
      });
      expect(await rejection(rejects("unnamed"))).toMatchObject({ name: "HttpError", message: "404" });
      expect(await rejection(throws("renamed"))).toMatchObject({ name: "CustomName" });
      const elsewhere = await rejection(throws("foreign"));
      expect(elsewhere).toBeInstanceOf(RangeError);
      expect(elsewhere).toMatchObject({ message: "elsewhere", code: "E_REALM" });
    });

    it("keeps code and own properties, of any kind", async () => {
      const { throws } = await thrower();
      const error: Thrown = await rejection(throws("props"));
      expect({ ...error }).toStrictEqual({
        code: "E_PROPS",
        errno: -2,
        when: new Date(5),
        bytes: Buffer.from("ab"),
      });
    });

    it("keeps live values in own properties alive", async () => {
      const { throws } = await thrower();
      const error: Thrown = await rejection(throws("live"));
      expect(await error.retry(1)).toBe(2);
      expect(await error.nested.object.get()).toBe(7);
    });

    it("keeps causes and the errors of an AggregateError", async () => {
      const { throws } = await thrower();
      const top: Thrown = await rejection(throws("causes"));
      expect(top.cause).toBeInstanceOf(RangeError);
      expect(top.cause).toMatchObject({ message: "middle", cause: "bottom" });
      expect(Object.hasOwn(await rejection(throws("undefinedCause")), "cause")).toBe(true);
      const several: Thrown = await rejection(throws("aggregate"));
      expect(several).toBeInstanceOf(AggregateError);
      expect(several.errors).toMatchObject([{ message: "one" }, "two", { message: "three", cause: 3 }]);
      expect(several.errors[0]).toBeInstanceOf(TypeError);
    });

    it("keeps a DOMException", async () => {
      const { throws } = await thrower();
      const error = await rejection(throws("domException"));
      expect(error).toBeInstanceOf(DOMException);
      expect(error).toMatchObject({ name: "NotFoundError", message: "gone", code: 8 });
    });

    it("shows the stacks of both sides", async () => {
      const { rejects, calls, callsAndTells } = await thrower();
      const { stack } = await rejection(rejects("typeError"));
      expect(stack).toMatch(
        /thrower\.js:\d+[\s\S]*called in plugin thrower\.rejects from[\s\S]*call-errors\.ts:\d+/,
      );
      const bad = () => {
        throw Object.assign(new TypeError("in the host"), { code: "E_HOST", cause: new Error("why") });
      };
      const told = await callsAndTells(bad);
      expect(told).toMatchObject({
        name: "TypeError",
        message: "in the host",
        code: "E_HOST",
        isTypeError: true,
      });
      expect(told.cause).toMatchObject({ message: "why" });
      expect(told.stack).toMatch(
        /call-errors\.ts:\d+[\s\S]*called in host a remote function from[\s\S]*thrower\.js:\d+/,
      );
      expect((await rejection(calls(bad))).stack).toMatch(
        /call-errors\.ts[\s\S]*thrower\.js[\s\S]*call-errors\.ts/,
      );
    });

    it("rejects with what was thrown where it is no error", async () => {
      const { throws } = await thrower();
      const of = (kind: string): Promise<Thrown> => rejection(throws(kind));
      expect(await of("undefined")).toBe(undefined);
      expect(await of("null")).toBe(null);
      expect(await of("text")).toBe("just text");
      expect(await of("number")).toBe(-0);
      expect(await of("object")).toStrictEqual({ status: 500 });
      expect(await (await of("liveObject")).retry(1)).toBe(2);
      expect(await (await of("function"))(4)).toBe(8);
    });

    it("rejects with a text for what was thrown and cannot travel", async () => {
      const { throws, ping } = await thrower();
      const of = (kind: string): Promise<unknown> => rejection(throws(kind));
      expect(await of("symbol")).toBe("Symbol(thrown)");
      expect(await of("promise")).toBe("[object Promise]");
      expect(await of("socketObject")).toBe("[object Object]");
      expect(await of("unprintable")).toEqual(expect.any(String));
      expect(await of("revoked")).toMatchObject({ message: "something that cannot be shown" });
      expect(await ping()).toBe("pong");
    });

    it("leaves out of an error what cannot travel, and shares nothing of it", async () => {
      const plugin = await loaded();
      const error: Thrown = await rejection(plugin.components.thrower.throws("leavesOut"));
      expect({ ...error }).toStrictEqual({ code: "E_LEFT" });
      expect(plugin.diagnostics().liveChannels).toBe(0);
    });

    it("bounds deep and wide chains", async () => {
      const { throws, returns } = await thrower();
      const causes = (error: Thrown): number => (error?.cause === undefined ? 0 : 1 + causes(error.cause));
      expect(causes(await rejection(throws("deep")))).toBe(8);
      expect(causes((await returns("deep")).error)).toBe(8);
      const wide: Thrown = await rejection(throws("wide"));
      expect(wide.errors).toHaveLength(32);
      expect(wide.errors[0]).toBe(wide.errors[31]);
      expect(((await rejection(throws("manyErrors"))) as Thrown).errors).toHaveLength(32);
    });

    it("keeps cycles", async () => {
      const { throws, returns } = await thrower();
      for (const error of [await rejection(throws("cyclic")), (await returns("cyclic")).error] as Thrown[]) {
        expect(error.self).toBe(error);
        expect(error.cause).toMatchObject({ message: "b" });
        expect(error.cause.cause).toBe(error);
        expect(error.list[0].error).toBe(error);
      }
    });

    it("survives errors that resist being read", async () => {
      const { throws, returns, ping } = await thrower();
      const kinds = ["message", "name", "stack", "cause", "errors", "constructor", "prop", "code"];
      for (const kind of kinds.map((key) => `${key}Getter`)) {
        const error = await rejection(throws(kind));
        expect(error, kind).toBeInstanceOf(kind === "nameGetter" ? Error : RangeError);
        if (kind !== "messageGetter") expect(error.message, kind).toBe("guarded");
        expect((await returns(kind)).error, kind).toBeInstanceOf(Error);
      }
      expect(await rejection(throws("frozen"))).toMatchObject({ message: "frozen", code: "E_FROZEN" });
      expect(await rejection(throws("toStringThrows"))).toMatchObject({ message: "no text" });
      expect(await rejection(throws("symbolMessage"))).toMatchObject({ message: "Symbol(message)" });
      expect(await rejection(throws("trapped"))).toBeDefined();
      expect(await ping()).toBe("pong");
    });

    it("cuts an error that is larger than a message may be", async () => {
      const { throws, ping } = await thrower({ maxMessageBytes: 1_000_000 });
      const message = await rejection(throws("hugeMessage"));
      expect(message.message).toBe("x".repeat(1_000));
      const property = await rejection(throws("hugeProperty"));
      expect(property).toBeInstanceOf(TypeError);
      expect({ ...property }).toStrictEqual({ code: "E_HUGE" });
      // Up to the last byte: whoever counts it too large, the caller is told.
      for (let bytes = 498_000; bytes < 500_100; bytes += 350) {
        expect(await rejection(throws("borderline", bytes))).toMatchObject({
          name: "TypeError",
          code: "E_EDGE",
        });
      }
      expect(await ping()).toBe("pong");
    });

    it("tells of whatever was thrown, however little a message may hold", async () => {
      const { throws, calls, streams, reasonOf, ping } = await thrower({ maxMessageBytes: 1_024 });
      const texts = [
        ["x", 1],
        ["m", 1_000],
        ["€", 500],
        ["\u0001", 1_000],
        ["\ud800", 150],
        ['"', 400],
      ] as const;
      for (const [character, times] of texts) {
        const message = character.repeat(times);
        const bad = async () => {
          throw Object.assign(new RangeError(message), { code: "E_TEXTS" });
        };
        const told = [
          () => throws("texts", character, times),
          async () => collect(await streams(character, times)),
          () => calls(bad),
        ];
        for (const tell of told) {
          const error = await rejection(tell());
          expect(error).toMatchObject({ name: "RangeError", code: "E_TEXTS" });
          expect(message.startsWith(error.message)).toBe(true);
          expect(error.message.length).toBeGreaterThanOrEqual(Math.min(message.length, 50));
        }
        const controller = new AbortController();
        const reason = reasonOf(controller.signal);
        expect(await ping()).toBe("pong");
        controller.abort(new Error(message));
        expect(message.startsWith(await reason)).toBe(true);
      }
      expect(await ping()).toBe("pong");
    });

    it("are those of the start where the names of all methods are more than a message may hold", async () => {
      const start = (maxMessageBytes: number) =>
        client("many-methods.js", { transport: transport(), maxMessageBytes }).start();
      expect(await rejection(start(1_024))).toMatchObject({
        code: "ERR_MESSAGE_TOO_LARGE",
        message: expect.stringContaining("maxMessageBytes"),
      });
      await start(2_048);
    });

    it("cuts an error that would share more than maxChannels", async () => {
      const { throws, ping } = await thrower({ maxChannels: 10 });
      const error: Thrown = await rejection(throws("manyChannels"));
      expect(error).toMatchObject({ message: "many", code: "E_MANY" });
      expect(error.list).toBe(undefined);
      expect(await ping()).toBe("pong");
    });

    it("carries errors as values, with all that is in them", async () => {
      const { returns } = await thrower();
      expect((await returns("typeError")).error).toBeInstanceOf(TypeError);
      const { error } = await returns("props");
      expect(error.bytes).toStrictEqual(Buffer.from("ab"));
      expect(error.stack).toMatch(/^Error: props\n +at .*thrower\.js/);
      expect((await returns("aggregate")).error.errors).toHaveLength(3);
      expect((await returns("quota")).error).toBeInstanceOf(DOMException);
    });

    it("carries the errors of a host's function as those of a plugin's method", async () => {
      const { calls, ping } = await thrower();
      const throwing = (thrown: unknown) => () => Promise.reject(thrown);
      for (const value of [undefined, null, 0, "text", { a: 1 }]) {
        expect(await rejection(calls(throwing(value)))).toStrictEqual(value);
      }
      const foreign = runInNewContext("new SyntaxError('elsewhere')");
      expect(await rejection(calls(throwing(foreign)))).toBeInstanceOf(SyntaxError);
      const ours = new PluginError("ERR_OPTION", "ours");
      expect(await rejection(calls(throwing(ours)))).toBeInstanceOf(PluginError);
      expect(await ping()).toBe("pong");
    });
  });
}
