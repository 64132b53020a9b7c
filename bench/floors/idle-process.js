// The least a process can do that waits for its parent.
process.on("message", () => {});
process.send?.("ready");
