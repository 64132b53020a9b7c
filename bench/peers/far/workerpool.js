import workerpool from "workerpool";

workerpool.worker({ echo: (/** @type {unknown} */ value) => value });
