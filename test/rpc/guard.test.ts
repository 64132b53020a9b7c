import { describe, expect, it } from "vitest";
import { type Components, servedMethods, unknownName } from "../../src/rpc/guard.js";
import { thrown } from "../support/thrown.js";

describe("servedMethods", () => {
  it("serves own and inherited methods, each with its object", () => {
    class Base {
      word = "base";
      inherited() {
        return this.word;
      }
    }
    class Derived extends Base {
      own() {
        return `own ${this.word}`;
      }
    }
    const served = servedMethods({ it: new Derived() });
    expect(served.describe()).toEqual({ it: ["own", "inherited"] });
    expect(served.get("it.inherited")()).toBe("base");
    expect(served.get("it.own")()).toBe("own base");
  });

  it("serves a method that overrides another once, as it overrides it", () => {
    class Base {
      name() {
        return "base";
      }
    }
    class Derived extends Base {
      override name() {
        return "derived";
      }
    }
    const served = servedMethods({ it: new Derived() });
    expect(served.names).toEqual(["it.name"]);
    expect(served.get("it.name")()).toBe("derived");
  });

  it("serves neither what every object has, nor accessors, nor values, nor symbols", () => {
    let read = false;
    const component = {
      value: 1,
      get accessor() {
        read = true;
        return () => 1;
      },
      [Symbol.iterator]: () => 1,
      method: () => 1,
    };
    const served = servedMethods({ it: component });
    expect(served.names).toEqual(["it.method"]);
    expect(read).toBe(false);
    for (const name of [
      "it.accessor",
      "it.value",
      "it.toString",
      "it.hasOwnProperty",
      "it.__defineGetter__",
      "it.constructor",
      "it.__proto__",
      "it",
      "it.",
      ".method",
      "method",
      "",
      "constructor",
      "toString",
      "__proto__",
    ]) {
      expect(served.has(name)).toBe(false);
    }
  });

  it("serves the static methods of a class that is a component, not what every function has", () => {
    class Tools {
      material = "wood";
      static cut() {
        return "cut";
      }
    }
    const served = servedMethods({ tools: Tools });
    expect(served.names).toEqual(["tools.cut"]);
  });

  it("serves objects without a prototype", () => {
    const component = Object.assign(Object.create(null), { hello: () => "hi" });
    const components = Object.assign(Object.create(null), { component });
    expect(servedMethods(components).names).toEqual(["component.hello"]);
  });

  it("takes what is served once: what becomes of the objects later does not matter", () => {
    const component: Record<string, () => unknown> = { first: () => 1 };
    const served = servedMethods({ component });
    component.second = () => 2;
    component.first = () => "changed";
    expect(served.has("component.second")).toBe(false);
    expect(served.get("component.first")()).toBe(1);
  });

  it.each(["then", "toJSON", "__proto__", "prototype"])("refuses a method named %s", (name) => {
    const component = Object.defineProperty({}, name, { value: () => 1, enumerable: true });
    const error = thrown(() => servedMethods({ component }));
    expect(error.code).toBe("ERR_OPTION");
    expect(error.message).toContain(`component.${name} cannot be served`);
  });

  it.each(["", "a.b", ".", "then", "constructor", "__proto__"])("refuses a component named %j", (name) => {
    const components = Object.defineProperty({}, name, { value: {}, enumerable: true }) as Components;
    const error = thrown(() => servedMethods(components));
    expect(error.code).toBe("ERR_OPTION");
    expect(error.message).toContain(JSON.stringify(name));
  });

  it.each([undefined, null, 1, "text", true])("refuses %j as a component", (component) => {
    const error = thrown(() => servedMethods({ component } as unknown as Components));
    expect(error).toMatchObject({ code: "ERR_OPTION" });
    expect(error.message).toContain("component must be an object with methods");
  });

  it.each([undefined, null, 1, "text"])("refuses %j as components", (components) => {
    expect(thrown(() => servedMethods(components as unknown as Components)).code).toBe("ERR_OPTION");
  });

  it("serves nothing where there is nothing", () => {
    expect(servedMethods({}).describe()).toEqual({});
    expect(servedMethods({ empty: {} }).describe()).toEqual({ empty: [] });
  });
});

describe("unknownName", () => {
  const described = { greeter: ["greet", "leave"], empty: [] };

  it("lists the components that there are", () => {
    const error = unknownName("greter.greet", described);
    expect(error.code).toBe("ERR_UNKNOWN_COMPONENT");
    expect(error.message).toContain('no component "greter". It serves: greeter, empty.');
    expect(unknownName("a.b", {}).message).toContain("It serves: none.");
  });

  it("lists the methods that there are", () => {
    const error = unknownName("greeter.great", described);
    expect(error.code).toBe("ERR_UNKNOWN_METHOD");
    expect(error.message).toContain('greeter has no method "great". It has: greet, leave.');
    expect(unknownName("empty.b", described).message).toContain("It has: none.");
  });

  it.each(["toString.call", "constructor.name", "__proto__.x", "hasOwnProperty.call"])(
    "knows %j for a name that is not there, though every object has it",
    (name) => {
      expect(unknownName(name, described).code).toBe("ERR_UNKNOWN_COMPONENT");
    },
  );
});
