import { loadPlugin } from "portcall";

const plugin = await loadPlugin(new URL("./downloads-plugin.js", import.meta.url));
const { downloads } = plugin.components;

// a callback: the plugin calls a function of the host's
console.log(await downloads.fetch(3, (step) => console.log(`step ${step}`)));

// a stream: read as fast as you like; leaving the loop ends the plugin's generator
for await (const line of await downloads.follow()) {
  console.log(line);
  if (line === "line 3") break;
}

// a cancelled call: the caller is free at once, and the plugin hears of it
const late = plugin.with({ timeoutMs: 100 }).downloads.forever();
console.log(await late.catch((error) => error.code)); // ERR_CALL_TIMEOUT

await plugin.kill();
