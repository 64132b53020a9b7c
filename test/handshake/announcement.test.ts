import { describe, expect, it } from "vitest";
import { formatAnnouncement, parseAnnouncement } from "../../src/handshake/announcement.js";
import { thrown } from "../support/thrown.js";

const parse = (line: string) => parseAnnouncement(line, "1");

it("formats the original's line", () => {
  expect(formatAnnouncement("1", "127.0.0.1:10000")).toBe("1|127.0.0.1:10000\n");
});

describe("parseAnnouncement", () => {
  it("reads what formatAnnouncement writes", () => {
    const address = { text: "127.0.0.1:10000", host: "127.0.0.1", port: 10_000 };
    expect(parse(formatAnnouncement("1", "127.0.0.1:10000"))).toEqual(address);
  });

  it.each(["1|127.0.0.1:10000\r", "  1|127.0.0.1:10000\t ", "1|127.0.0.1:10000\r\n"])(
    "ignores the white space around %j",
    (line) => {
      expect(parse(line).port).toBe(10_000);
    },
  );

  it("takes an address without a host for loopback, as Go does", () => {
    expect(parse("1|:1234")).toEqual({ text: ":1234", host: "127.0.0.1", port: 1_234 });
  });

  it.each([
    ["1|127.0.0.2:1", "127.0.0.2", 1],
    ["1|127.255.255.255:65535", "127.255.255.255", 65_535],
  ])("accepts all of loopback, such as %j", (line, host, port) => {
    expect(parse(line)).toMatchObject({ host, port });
  });

  it.each(["hello", "{", "1", "1 127.0.0.1:10000", "11"])("quotes %j, which is no announcement", (line) => {
    const error = thrown(() => parse(line));
    expect(error.code).toBe("ERR_ANNOUNCEMENT");
    expect(error.message).toMatch(/^Unrecognized remote plugin message: /);
    expect(error.message.split("\n")[0]).toBe(`Unrecognized remote plugin message: ${line}`);
    expect(error.message).toContain("Print nothing before serve()");
  });

  it.each(["", "  ", "\r"])("takes the empty line %j for a message, as the original does", (line) => {
    const error = thrown(() => parse(line));
    expect(error.code).toBe("ERR_ANNOUNCEMENT");
    expect(error.message.split("\n")[0]).toBe("Unrecognized remote plugin message: ");
  });

  it.each([
    ["11|:1234", "11"],
    ["|127.0.0.1:10000", ""],
    ["01|127.0.0.1:10000", "01"],
    ["1 |127.0.0.1:10000", "1 "],
    ["2|127.0.0.1:10000", "2"],
  ])("refuses %j: its version is not the host's, and both are named", (line, theirs) => {
    const error = thrown(() => parse(line));
    expect(error.code).toBe("ERR_API_VERSION");
    expect(error.message).toContain(
      `Incompatible API version with plugin. Plugin version: ${theirs}, Ours: 1.`,
    );
  });

  it("compares versions as texts, for a definition may name its own", () => {
    expect(parseAnnouncement("v2 beta|:1234", "v2 beta").port).toBe(1_234);
    expect(thrown(() => parseAnnouncement("1|:1234", "v2")).code).toBe("ERR_API_VERSION");
  });

  it("recognises the line of a go-plugin plugin, and says so", () => {
    for (const line of [
      "1|1|tcp|127.0.0.1:5|netrpc",
      "1|5|tcp|127.0.0.1:5|grpc",
      "1|1|unix|/tmp/plugin1|grpc",
    ]) {
      const error = thrown(() => parse(line));
      expect(error.code).toBe("ERR_ANNOUNCEMENT");
      expect(error.message).toContain(JSON.stringify(line));
      expect(error.message).toContain("go-plugin");
    }
  });

  it.each([
    "",
    ":",
    ":0",
    "127.0.0.1:0",
    "127.0.0.1",
    "127.0.0.1:",
    "127.0.0.1:65536",
    "127.0.0.1:70000",
    "127.0.0.1:-1",
    "127.0.0.1:+1",
    "127.0.0.1:1e3",
    "127.0.0.1:0x10",
    "127.0.0.1:100000",
    "127.0.0.1:80 ,",
    "127.0.0.1: 80",
    "127.0.0.1:80/path",
    "127.0.0.1:80|x",
    "127.0.0.256:80",
    "127.0.0:80",
    "127.1:80",
    "0.0.0.0:80",
    "10.0.0.1:80",
    "169.254.169.254:80",
    "localhost:80",
    "example.com:80",
    "127.0.0.1.example.com:80",
    "[::1]:80",
    "::1:80",
    "http://127.0.0.1:80",
    "/tmp/socket",
    "user@127.0.0.1:80",
    "127.0.0.1:80\u0000",
    "127.0.0.1:80\u00008",
    "１２７.0.0.1:80",
  ])("refuses the address %j and quotes it with its line", (address) => {
    const error = thrown(() => parse(`1|${address}`));
    expect(error.code).toBe("ERR_ANNOUNCEMENT");
    expect(error.message).toContain(`Invalid plugin address ${JSON.stringify(address)}`);
    expect(error.message).toContain(JSON.stringify(`1|${address}`));
    expect(error.message).toContain("such as 127.0.0.1:10000");
  });
});
