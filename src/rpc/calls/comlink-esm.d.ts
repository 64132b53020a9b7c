/**
 * The part of comlink's one build that is used here, typed without the DOM. The `.mjs` build is an instance of its
 * own, so that what an application does to its comlink (`transferHandlers` are global) does not reach our calls.
 */
declare module "comlink/dist/esm/comlink.mjs" {
  export interface Endpoint {
    postMessage(message: unknown, transfer?: unknown[]): void;
    addEventListener(type: string, listener: (event: { data: unknown }) => void): void;
    removeEventListener(type: string, listener: (event: { data: unknown }) => void): void;
  }
  export function expose(object: object, endpoint: Endpoint): void;
}
