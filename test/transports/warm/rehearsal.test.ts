import { interruptCount } from "portcall/plugin";
import { expect, it } from "vitest";
import { rehearse } from "../../../workers/rehearsal.js";

it("a spare's rehearsal comes to its end, in time and without a trace", async () => {
  const before = Object.getOwnPropertySymbols(globalThis);
  const { write } = process.stderr;
  expect(await rehearse()).toBe(true);
  expect(Object.getOwnPropertySymbols(globalThis)).toEqual(before);
  expect(process.stderr.write).toBe(write);
  expect(process.listenerCount("SIGINT")).toBe(0);
  expect(interruptCount()).toBe(0);
});
