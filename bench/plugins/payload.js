import { serve, transfer } from "portcall/plugin";

await serve({
  payload: {
    take: (/** @type {Uint8Array} */ bytes) => bytes.length,
    echo: (/** @type {Uint8Array} */ bytes) => bytes,
    handBack: (/** @type {Uint8Array} */ bytes) => transfer(bytes),
  },
});
