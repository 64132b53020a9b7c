// No plugin: its first line is no announcement.
process.stdout.write("Listening on port 8080\n");
setInterval(() => {}, 60_000);

export {};
