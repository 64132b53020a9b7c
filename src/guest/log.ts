/** Writes a line of the plugin's own log to stderr, with the prefix of Go's log package, as the original's lines have it. */
export function log(message: string): void {
  process.stderr.write(`${timestamp(new Date())} ${message}\n`);
}

function timestamp(now: Date): string {
  const two = (value: number) => String(value).padStart(2, "0");
  const day = [now.getFullYear(), two(now.getMonth() + 1), two(now.getDate())].join("/");
  return `${day} ${[now.getHours(), now.getMinutes(), now.getSeconds()].map(two).join(":")}`;
}
