process.on("message", (/** @type {any} */ { take, echo }) => process.send?.(echo ?? take.length));
