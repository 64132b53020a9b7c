import { spawn } from "node:child_process";
import { callContext, interruptCount, onShutdown, serve } from "../../plugin.js";

// What the contract suite asks of a plugin that serves.
onShutdown(() => void process.stderr.write("shut down\n"));

await serve({
  values: {
    echo: (value: unknown) => value,
    fail: (message: string) => {
      throw Object.assign(new RangeError(message), { code: "E_CONTRACT" });
    },
    sum: async (numbers: () => Promise<number>, times: number) => {
      let sum = 0;
      for (let i = 0; i < times; i++) sum += await numbers();
      return sum;
    },
    async *count(most: number): AsyncGenerator<number> {
      for (let i = 0; i < most; i++) yield i;
    },
    untilAborted: () => {
      const { signal } = callContext();
      signal.addEventListener("abort", () => process.stderr.write(`aborted\n`));
      return new Promise(() => {});
    },
  },
  surroundings: {
    env: () => ({ ...process.env }),
    setEnv: (name: string, value: string) => {
      process.env[name] = value;
    },
    argv: () => process.argv.slice(2),
    execArgv: () => process.execArgv,
    cwd: () => process.cwd(),
    stdin: async () => {
      let text = "";
      for await (const chunk of process.stdin) text += chunk;
      return text;
    },
    interrupts: () => interruptCount(),
    /** The child holds a connection for as long as it lives. */
    startChild: (port: number) => {
      const hold = `require("node:net").connect(${port}, "127.0.0.1")`;
      spawn(process.execPath, ["-e", hold], { stdio: "ignore" });
    },
  },
  output: {
    write: (lines: number) => {
      for (let i = 0; i < lines; i++) {
        process.stdout.write(`out ${i}\n`);
        process.stderr.write(`err ${i}\n`);
      }
    },
  },
  ends: {
    never: () => new Promise(() => {}),
    exit: (code: number) => process.exit(code),
    throwLater: (message: string) => {
      setImmediate(() => {
        throw new TypeError(message);
      });
    },
    spin: () => {
      process.stderr.write("spinning\n");
      for (;;);
    },
    fillMemory: () => {
      const kept: object[] = [];
      for (;;) kept.push({ n: kept.length });
    },
  },
});
