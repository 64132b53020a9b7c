import * as portcall from "portcall/plugin";

const { transfer } = /** @type {{ transfer?: <T>(value: T) => T }} */ ({ ...portcall });

await portcall.serve({
  payload: {
    take: (/** @type {Uint8Array} */ bytes) => bytes.length,
    echo: (/** @type {Uint8Array} */ bytes) => bytes,
    handBack: (/** @type {Uint8Array} */ bytes) => transfer?.(bytes),
  },
});
