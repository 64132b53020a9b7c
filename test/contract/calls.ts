import { describe, expect, it } from "vitest";
import { load, type MakeTransport, rejection } from "../support/load.js";
import { argumentStreamsContract } from "./argument-streams.js";
import { callErrorsContract } from "./call-errors.js";
import { cancellationContract } from "./cancellation.js";
import { dataContract } from "./data.js";
import { lifetimesContract } from "./lifetimes.js";
import { liveContract } from "./live.js";
import { streamsContract } from "./streams.js";

interface Greeter {
  greeter: {
    greet(name: string): string;
    echo<T>(value: T): Promise<T>;
    fail(message: string): never;
    sleep(ms: number): Promise<void>;
  };
}

/** What every transport promises of calls. */
export function callsContract(transport: MakeTransport): void {
  dataContract(transport);
  callErrorsContract(transport);
  liveContract(transport);
  lifetimesContract(transport);
  streamsContract(transport);
  argumentStreamsContract(transport);
  cancellationContract(transport);

  describe("calls", () => {
    it("answers a call of a declared method", async () => {
      const plugin = await load<Greeter>("greeter.js", { transport: transport() });
      expect(await plugin.components.greeter.greet("Ada")).toBe("Hello, Ada!");
    });

    it("rejects a call with the error that the method threw, its class, code and both stacks", async () => {
      const plugin = await load<Greeter>("greeter.js", { transport: transport() });
      const error = await rejection(plugin.components.greeter.fail("no luck"));
      expect(error).toBeInstanceOf(TypeError);
      expect(error).toMatchObject({ message: "no luck", code: "E_FIXTURE" });
      expect(error.stack).toMatch(
        /greeter\.js:\d+[\s\S]*called in plugin greeter\.fail from[\s\S]*calls\.ts:\d+/,
      );
    });
  });
}
