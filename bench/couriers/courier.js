/**
 * One way to carry bytes to code that runs elsewhere.
 *
 * @typedef {object} Courier
 * @property {string} name
 * @property {boolean} [detaches] Whether what was given can be used only once.
 * @property {() => Promise<Route>} start
 */

/**
 * @typedef {object} Route
 * @property {(bytes: Buffer) => Promise<unknown>} take Resolves when the far side has all of it.
 * @property {(bytes: Buffer) => Promise<Uint8Array>} echo Resolves with the same bytes, brought back.
 * @property {() => unknown} stop
 */

export {};
