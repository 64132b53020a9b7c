// Neither serves nor ends by itself.
process.stderr.write("waiting\n");
setInterval(() => {}, 60_000);

export {};
