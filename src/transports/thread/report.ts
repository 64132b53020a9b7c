/**
 * Node's diagnostic report of a thread tells the environment of its whole process, which is the host's. This makes it tell
 * the thread's own. It is patched when the plugin first asks for it: loading it takes time at start-up.
 */
export function hideHostInReports(): void {
  const own = Object.getOwnPropertyDescriptor(process, "report");
  const load = own?.get ?? (() => own?.value);
  let patched: NodeJS.ProcessReport | undefined;
  Object.defineProperty(process, "report", {
    configurable: true,
    enumerable: own?.enumerable ?? true,
    get: () => {
      patched ??= withOwnEnvironment(load.call(process));
      return patched;
    },
  });
}

function withOwnEnvironment(report: NodeJS.ProcessReport): NodeJS.ProcessReport {
  const { getReport } = report;
  report.getReport = (error) => {
    const told: unknown = getReport.call(report, error);
    const parsed = typeof told === "string" ? JSON.parse(told) : Object(told);
    return { ...parsed, environmentVariables: { ...process.env } };
  };
  // It would be written by the process, in a file.
  report.writeReport = () => {
    throw Object.assign(new Error("A thread cannot write a report: it would tell its host's environment."), {
      code: "ERR_WORKER_UNSUPPORTED_OPERATION",
    });
  };
  return report;
}
