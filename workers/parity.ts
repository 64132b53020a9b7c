import { keepToParity } from "../src/guest/parity.js";

// Preloaded before a plugin that starts cold and keeps to parity. What the plugin starts may inherit the flag that loads
// this file: there it does nothing. It is not for the plugin to see or to hand on.
const preload = process.execArgv.indexOf(__filename);
if (preload > 0) process.execArgv.splice(preload - 1, 2);
keepToParity();
