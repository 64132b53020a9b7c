import { describe, expect, it } from "vitest";
import { checkPortRange, defaultPorts, noFreePort, parsePort } from "../../src/handshake/ports.js";
import { thrown } from "../support/thrown.js";

describe("parsePort", () => {
  it.each([
    ["10000", 10_000],
    ["0", 0],
    ["65535", 65_535],
    ["+10", 10],
    ["0010", 10],
  ])("reads %j as %d", (text, port) => {
    expect(parsePort("MIN", text)).toBe(port);
  });

  it("reads a negative zero as zero", () => {
    expect(parsePort("MIN", "-0")).toBe(0);
  });

  it.each([
    "abc",
    " 1000",
    "1000 ",
    "1000\n",
    "",
    "+",
    "-",
    "--1",
    "1e3",
    "0x10",
    "1_000",
    "1.0",
    "NaN",
    "Infinity",
    "１０",
  ])("refuses %j with the original's words, without trimming", (text) => {
    const error = thrown(() => parsePort("MIN", text));
    expect(error.code).toBe("ERR_PORT_RANGE");
    expect(error.message).toContain(`MIN is no port: parsing ${JSON.stringify(text)}: invalid syntax`);
  });

  it("takes an unset variable for an empty one: there is no default in a plugin", () => {
    expect(thrown(() => parsePort("MIN", undefined)).message).toContain('parsing "": invalid syntax');
  });

  it.each(["99999999999", "2147483648", "-2147483649", "9".repeat(400)])(
    "refuses %j with the original's words for a number of more than 32 bits",
    (text) => {
      const error = thrown(() => parsePort("MAX", text));
      expect(error.code).toBe("ERR_PORT_RANGE");
      expect(error.message).toContain(`MAX is no port: parsing "${text}": value out of range`);
    },
  );

  it.each(["-3", "65536", "2147483647", "-2147483648"])("refuses %j, which no port can be", (text) => {
    const error = thrown(() => parsePort("MAX", text));
    expect(error.code).toBe("ERR_PORT_RANGE");
    expect(error.message).toContain(`MAX is no port: ${text} is out of range`);
    expect(error.message).toContain("0 to 65535");
  });
});

describe("checkPortRange", () => {
  const names = { min: "minPort", max: "maxPort" };

  it.each([
    [0, 0],
    [10_000, 10_000],
    [10_000, 25_000],
    [0, 65_535],
  ])("accepts %d to %d", (min, max) => {
    expect(checkPortRange({ min, max }, names)).toEqual({ min, max });
  });

  it("refuses an empty range and says which end is above which", () => {
    const error = thrown(() => checkPortRange({ min: 10_001, max: 10_000 }, names));
    expect(error.code).toBe("ERR_PORT_RANGE");
    expect(error.message).toContain("10001 to 10000 is empty: minPort is above maxPort");
  });

  it.each([-1, 65_536, 1.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53])(
    "refuses %d at either end",
    (port) => {
      expect(thrown(() => checkPortRange({ min: port, max: 10_000 }, names)).message).toContain(
        "minPort is no",
      );
      expect(thrown(() => checkPortRange({ min: 10_000, max: port }, names)).message).toContain(
        "maxPort is no",
      );
    },
  );

  it("reports the lower end first when both are wrong", () => {
    expect(thrown(() => checkPortRange({ min: -1, max: -2 }, names)).message).toMatch(/^minPort/);
  });
});

describe("noFreePort", () => {
  it("names the range and what to do", () => {
    const error = noFreePort({ min: 10_000, max: 25_000 });
    expect(error.code).toBe("ERR_NO_FREE_PORT");
    expect(error.message).toBe(
      "No free port: none of the ports 10000 to 25000 is free on 127.0.0.1. Give the plugin a wider range.",
    );
  });

  it("names the port of a range of one", () => {
    expect(noFreePort({ min: 10_000, max: 10_000 }).message).toContain("port 10000 is not free");
  });
});

it("offers the original's ports where the host names none", () => {
  expect(defaultPorts).toEqual({ min: 10_000, max: 25_000 });
});
