import assert from "node:assert/strict";

/** What of a test runner the contract suite uses. Vitest's, Jest's and Bun's fit as they are; so do node:test's. */
export interface TestRunner {
  describe(name: string, suite: () => void): unknown;
  it(name: string, test: () => Promise<void>): unknown;
  /** Left out, `node:assert` judges: node:test has none. */
  readonly expect?: Expect;
}

export type Expect = (actual: unknown) => Expectation;

/** The few judgements that all runners share. */
export interface Expectation {
  toBe(expected: unknown): void;
  toEqual(expected: unknown): void;
  toMatch(pattern: RegExp): void;
  toMatchObject(expected: object): void;
}

/** A runner that is known to have an `expect`. */
export interface FullRunner extends TestRunner {
  readonly expect: Expect;
}

export const assertExpect: Expect = (actual) => ({
  toBe: (expected) => assert.equal(actual, expected),
  toEqual: (expected) => assert.deepEqual(actual, expected),
  toMatch: (pattern) => assert.match(String(actual), pattern),
  toMatchObject: (expected) => {
    const picked = Object.keys(expected).map((key) => [key, Object(actual)[key]]);
    assert.deepEqual(Object.fromEntries(picked), { ...expected });
  },
});
