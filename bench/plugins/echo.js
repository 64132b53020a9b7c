import { serve } from "portcall/plugin";

await serve({ echo: { echo: (/** @type {unknown} */ value) => value } });
