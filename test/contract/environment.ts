import { fileURLToPath } from "node:url";
import {
  type HandshakeTransport,
  type LaunchRequest,
  type PluginOptions,
  packerHandshake,
  type RunningPlugin,
} from "portcall";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { fixture, load, type MakeTransport } from "../support/load.js";

interface Environment {
  environment: {
    atStart(): Record<string, string>;
    now(): Record<string, string>;
    elsewhere(): Record<string, Record<string, string>>;
    set(name: string, value: string): void;
    argv(): string[];
    execArgv(): string[];
    cwd(): string;
  };
}

interface Parent {
  parent: { fork(): Promise<unknown>; work(workerData: unknown): Promise<unknown> };
}

const plugin = fileURLToPath(fixture("environment.js"));

/** What every transport promises of what a plugin finds around it. */
export function environmentContract(transport: MakeTransport): void {
  const loadComponent = async (options: PluginOptions = {}) => {
    const { components } = await load<Environment>("environment.js", { transport: transport(), ...options });
    return components.environment;
  };

  describe("the environment", () => {
    beforeEach(() => {
      process.env.FIXTURE_HOST = "the host's";
      process.env.FIXTURE_SECRET = "the host's secret";
    });
    afterEach(() => {
      delete process.env.FIXTURE_HOST;
      delete process.env.FIXTURE_SECRET;
    });

    it("is the host's by default", async () => {
      const env = await (await loadComponent()).now();
      expect(env).toMatchObject({ FIXTURE_HOST: "the host's", PATH: process.env.PATH });
    });

    it("holds nothing of the host's with inheritEnv: false", async () => {
      const env = await (await loadComponent({ inheritEnv: false, env: { FIXTURE_OWN: "own" } })).now();
      const { cookieKey, minPortKey, maxPortKey } = packerHandshake;
      // What the system and Node set by themselves is not the host's.
      const given = Object.keys(env).filter((name) => !["UV_THREADPOOL_SIZE"].includes(name));
      expect(given.sort()).toEqual(["FIXTURE_OWN", cookieKey, minPortKey, maxPortKey].sort());
      expect(JSON.stringify(env)).not.toContain("the host's");
    });

    it("holds the host's variables that inheritEnv names, and no others", async () => {
      const env = await (await loadComponent({ inheritEnv: ["FIXTURE_HOST", "FIXTURE_NOT_SET"] })).now();
      expect(env).toMatchObject({ FIXTURE_HOST: "the host's" });
      expect(env).not.toHaveProperty("FIXTURE_SECRET");
      expect(env).not.toHaveProperty("FIXTURE_NOT_SET");
      expect(env).not.toHaveProperty("PATH");
    });

    it("holds the caller's variables before those it inherits", async () => {
      const env = await (
        await loadComponent({ env: { FIXTURE_HOST: "the caller's", FIXTURE_OWN: "" } })
      ).now();
      expect(env).toMatchObject({ FIXTURE_HOST: "the caller's", FIXTURE_OWN: "" });
    });

    it("holds the handshake's variables before the caller's and those it inherits", async () => {
      const { cookieKey, cookieValue, minPortKey, maxPortKey } = packerHandshake;
      process.env[minPortKey] = "1";
      try {
        const component = await loadComponent({
          env: { [cookieKey]: "wrong", [maxPortKey]: "2" },
          minPort: 23_100,
          maxPort: 23_200,
        });
        expect(await component.now()).toMatchObject({
          [cookieKey]: cookieValue,
          [minPortKey]: "23100",
          [maxPortKey]: "23200",
        });
      } finally {
        delete process.env[minPortKey];
      }
    });

    it("holds nothing of an invitation that its host, a plugin itself, has not taken yet", async () => {
      const hosts = { PORTCALL_DEBUG: "1", PORTCALL_DROP_NET: "1" };
      Object.assign(process.env, hosts);
      try {
        const atStart = await (await loadComponent()).atStart();
        for (const name of Object.keys(hosts)) expect(atStart).not.toHaveProperty(name);
      } finally {
        for (const name of Object.keys(hosts)) delete process.env[name];
      }
    });

    it("is without a variable that the caller sets to undefined", async () => {
      const env = await (await loadComponent({ env: { FIXTURE_SECRET: undefined } })).now();
      expect(env).toHaveProperty("FIXTURE_HOST");
      expect(env).not.toHaveProperty("FIXTURE_SECRET");
    });

    it("is read when the client is made, and never written to", async () => {
      const env = Object.freeze({ FIXTURE_OWN: "own" });
      const before = { ...process.env };
      expect(await (await loadComponent({ env })).now()).toMatchObject(env);
      expect({ ...process.env }).toEqual(before);
    });

    it("does not hold the secret once the plugin serves", async () => {
      const component = await loadComponent();
      expect(await component.atStart()).toHaveProperty("PORTCALL_SECRET");
      expect(Object.keys(await component.now()).filter((name) => name.startsWith("PORTCALL_"))).toEqual(
        Object.keys(process.env).filter((name) => name.startsWith("PORTCALL_")),
      );
    });

    it("is what its children, its threads and its reports have, too: no secret of the host's, nor the handshake's", async () => {
      const component = await loadComponent({ inheritEnv: ["PATH"], env: { FIXTURE_OWN: "own" } });
      for (const [where, env] of Object.entries(await component.elsewhere())) {
        expect(JSON.stringify(env), where).not.toMatch(/the host's|PORTCALL_/);
        if (where !== "workerData") expect(env, where).toMatchObject({ FIXTURE_OWN: "own" });
      }
    });

    it("holds a secret of its own for each plugin, which opens nothing once the plugin serves", async () => {
      const secrets = new Set<string | undefined>();
      for (let i = 0; i < 2; i++) {
        const spied = spy(transport());
        const plugin = await load<Environment>("environment.js", { transport: spied.transport });
        const { address } = await plugin.describe();
        const { request, running } = spied.launched();
        const secret = request.env.PORTCALL_SECRET as string;
        secrets.add(secret);
        const port = Number(address.split(":")[1]);
        // Refused; in a thread it may be taken and closed, where the host has not heard yet that nobody listens.
        const answers: unknown[] = [];
        const late = running.connect({ text: address, host: "127.0.0.1", port }).then((wire) => {
          wire.addEventListener("message", ({ data }) => answers.push(data));
          wire.postMessage(secret.slice(0, secret.length / 2));
          return wire.closed;
        });
        await late.catch((error) => expect(error).toMatchObject({ code: "ERR_CONNECT" }));
        expect(answers).toEqual([]);
      }
      expect(secrets.size).toBe(2);
      expect([...secrets].join("")).toMatch(/^[0-9a-f]{128}$/);
    });

    it("is the plugin's own: what it writes there reaches neither the host nor another plugin", async () => {
      const [one, other] = [await loadComponent(), await loadComponent()];
      await one.set("FIXTURE_WRITTEN", "by the plugin");
      await one.set("FIXTURE_HOST", "by the plugin");
      expect(await one.now()).toMatchObject({
        FIXTURE_WRITTEN: "by the plugin",
        FIXTURE_HOST: "by the plugin",
      });
      expect(process.env.FIXTURE_WRITTEN).toBeUndefined();
      expect(process.env.FIXTURE_HOST).toBe("the host's");
      expect(await other.now()).toMatchObject({ FIXTURE_HOST: "the host's" });
    });
  });

  describe("the arguments", () => {
    it("stand behind the plugin's path, as they were given", async () => {
      const args = ["--flag", "two words", "", "ünï", "$HOME", "'\"\\"];
      expect(await (await loadComponent({ args })).argv()).toEqual([process.execPath, plugin, ...args]);
    });

    it("are none by default, whatever the host's are", async () => {
      expect(await (await loadComponent()).argv()).toEqual([process.execPath, plugin]);
    });
  });

  describe("the flags of Node", () => {
    it("are those in execArgv", async () => {
      const execArgv = ["--no-warnings", "--conditions=fixture"];
      expect(await (await loadComponent({ execArgv })).execArgv()).toEqual(execArgv);
    });

    it("are by default those of the host that a plugin may inherit", async () => {
      const hosts = process.execArgv.splice(0);
      process.execArgv.push("--max-old-space-size=4096", "--trace-uncaught", "--conditions", "fixture");
      try {
        const inherited = ["--trace-uncaught", "--conditions", "fixture"];
        expect(await (await loadComponent()).execArgv()).toEqual(inherited);
      } finally {
        process.execArgv.splice(0, Infinity, ...hosts);
      }
    });
  });

  describe("the working directory", () => {
    it("is the host's by default", async () => {
      expect(await (await loadComponent()).cwd()).toBe(process.cwd());
    });

    it("may be named where it is the host's", async () => {
      expect(await (await loadComponent({ cwd: process.cwd() })).cwd()).toBe(process.cwd());
      expect(await (await loadComponent({ cwd: `${process.cwd()}/src/..` })).cwd()).toBe(process.cwd());
      expect(await (await loadComponent({ cwd: "." })).cwd()).toBe(process.cwd());
    });
  });

  it("lets the plugin fork and start threads of its own, as any Node program does", async () => {
    const { components } = await load<Parent>("forker.js", { transport: transport() });
    expect(await components.parent.fork()).toBe("forked");
    for (const workerData of [null, "data", { portcall: 1 }]) {
      expect(await components.parent.work(workerData)).toEqual({ workerData });
    }
  });
}

/** Keeps what a transport was asked for and what came of it. */
function spy(inner: HandshakeTransport): {
  readonly transport: HandshakeTransport;
  launched(): { readonly request: LaunchRequest; readonly running: RunningPlugin };
} {
  let launched: { request: LaunchRequest; running: RunningPlugin } | undefined;
  return {
    transport: {
      name: "spied",
      launch: (request) => {
        launched = { request, running: inner.launch(request) };
        return launched.running;
      },
    },
    launched: () => launched as { request: LaunchRequest; running: RunningPlugin },
  };
}
