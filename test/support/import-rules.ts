/** What every transport may use. */
const shared = [
  "src/transports/transport.ts",
  "src/transports/check-options.ts",
  "src/transports/ending.ts",
  "src/transports/stdin.ts",
  "src/transports/message-target.ts",
  "src/transports/process-group.ts",
  "src/transports/reaper.ts",
  "src/transports/permission-flags.ts",
  "src/transports/exec-argv.ts",
  "src/transports/parity.ts",
  "src/transports/never-started.ts",
  "src/transports/environment-change.ts",
];

/** Who may import whom, by path: of each file the first row that fits holds. A `*` stands for the name of a transport. */
const rules: readonly (readonly [importer: RegExp, mayImport: readonly string[]])[] = [
  [/^src\/(errors|version)\.ts$/, ["src/transports/transport.ts"]],
  [/^src\/plugin\.ts$/, ["src/errors.ts", "src/handshake/", "src/guest/", "src/rpc/"]],
  [
    /^src\/index\.ts$/,
    [
      "src/errors.ts",
      "src/handshake/",
      "src/host/",
      "src/rpc/",
      "src/transports/transport.ts",
      "src/transports/select.ts",
      "src/transports/*/host.ts",
    ],
  ],
  [/^src\/testing\.ts$/, ["src/testing/"]],
  [/^src\/testing\/plugins\//, ["src/plugin.ts"]],
  [
    /^src\/testing\//,
    [
      "src/handshake/definition.ts",
      "src/host/",
      "src/errors.ts",
      "src/testing/",
      "src/transports/transport.ts",
      "src/transports/ending.ts",
      "src/transports/*/host.ts",
    ],
  ],
  [/^src\/handshake\//, ["src/errors.ts", "src/handshake/", "src/transports/transport.ts"]],
  [/^src\/rpc\//, ["src/errors.ts", "src/rpc/", "src/transports/transport.ts"]],
  [
    /^src\/host\//,
    [
      "src/errors.ts",
      "src/version.ts",
      "src/handshake/",
      "src/rpc/",
      "src/host/",
      "src/transports/transport.ts",
      "src/transports/select.ts",
      "src/transports/ending.ts",
      "src/transports/exec-argv.ts",
      "src/transports/parity.ts",
      "src/transports/permission-flags.ts",
    ],
  ],
  [
    /^src\/guest\//,
    [
      "src/errors.ts",
      "src/version.ts",
      "src/handshake/",
      "src/rpc/",
      "src/guest/",
      "src/transports/transport.ts",
      "src/transports/select-guest.ts",
      "src/transports/check-options.ts",
      "src/transports/exec-argv.ts",
      "src/transports/permission-flags.ts",
    ],
  ],
  [/^src\/transports\/transport\.ts$/, []],
  [
    /^src\/transports\/select\.ts$/,
    ["src/errors.ts", "src/transports/transport.ts", "src/transports/*/host.ts"],
  ],
  [/^src\/transports\/select-guest\.ts$/, ["src/transports/transport.ts", "src/transports/*/guest.ts"]],
  [/^src\/transports\/[^/]+\.ts$/, ["src/errors.ts", ...shared]],
  [
    /^src\/transports\/warm\//,
    ["src/errors.ts", ...shared, "src/transports/warm/", "src/transports/process/", "src/transports/thread/"],
  ],
  [
    /^src\/transports\/(?<own>[^/]+)\//,
    ["src/errors.ts", "src/handshake/", ...shared, "src/transports/<own>/"],
  ],
  [
    /^workers\//,
    [
      "workers/",
      "src/plugin.ts",
      "src/rpc/frames.ts",
      "src/transports/transport.ts",
      "src/transports/*/",
      "src/guest/confinement.ts",
      "src/guest/parity.ts",
      "src/transports/permission-flags.ts",
    ],
  ],
];

/** Whether a file may import another, by their paths. */
export function mayImport(importer: string, imported: string): boolean {
  const rule = rules.find(([pattern]) => pattern.test(importer));
  const own = rule?.[0].exec(importer)?.groups?.own ?? "";
  return (rule?.[1] ?? []).some((allowed) => {
    const pattern = allowed.replace("<own>", own).replaceAll(".", "\\.").replace("*", "[^/]+");
    return new RegExp(`^${pattern}${allowed.endsWith("/") ? "" : "$"}`).test(imported);
  });
}
