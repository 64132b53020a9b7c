import type { WarmTransport } from "portcall";
import { afterAll, beforeEach } from "vitest";
import type { MakeTransport } from "./load.js";

/** One warm transport for all tests of a file, at strength before each of them. */
export function warmed(transport: WarmTransport): MakeTransport {
  beforeEach(() => transport.ready());
  afterAll(() => transport[Symbol.asyncDispose]());
  return () => transport;
}
