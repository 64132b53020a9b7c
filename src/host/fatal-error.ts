/** What a Node prints last that ended by an error which nothing caught. */
const lastWords = /\n\nNode\.js v[\d.]+\S*\s*$/;
const frame = /^ {4}at /;

/**
 * The error that Node printed when it ended the plugin: its name, message, stack, `code` and `cause`, as far as stderr
 * has them. Of what was thrown and is no error, Node prints the value.
 */
export function printedFatalError(stderr: string): Error | undefined {
  const end = stderr.search(lastWords);
  if (end < 0) return undefined;
  const lines = stderr
    .slice(0, end)
    .split("\n")
    .filter((line) => !line.startsWith("(Use `node --trace-uncaught"));
  // It stands below the line of source that threw. Where Node has none, it is the last paragraph.
  const source = lines.findLastIndex((line) => /^\s*\^+$/.test(line));
  return errorOf(lines.slice(1 + (source < 0 ? lines.lastIndexOf("") : source)));
}

/** An error as `util.inspect` prints it: name and message, frames, and in braces what else it has. */
function errorOf(lines: readonly string[]): Error {
  const first = lines.findIndex((line) => frame.test(line));
  const last = lines.findLastIndex((line) => frame.test(line));
  const said = lines
    .slice(0, first < 0 ? undefined : first)
    .join("\n")
    .trim();
  const [, name = "Error", message = said] = /^([\w$.]+)(?: \[\w+\])?: (.*)$/s.exec(said) ?? [];
  const error = new Error(message);
  const stack = lines.slice(0, last < 0 ? undefined : last + 1).join("\n");
  error.stack = stack.replace(/ \{$/, "").trim();
  error.name = name;
  return Object.assign(error, propertiesOf(last < 0 ? [] : lines.slice(last + 1)));
}

function propertiesOf(lines: readonly string[]): { code?: string | number; cause?: Error } {
  const [, text, number] = /^ {2}code: (?:'([^']*)'|(\d+)),?$/m.exec(lines.join("\n")) ?? [];
  const code = text ?? (number === undefined ? undefined : Number(number));
  const cause = causeIn(lines);
  return { ...(code !== undefined && { code }), ...(cause !== undefined && { cause }) };
}

/** A cause that is an error: it has frames of its own, two spaces further in. */
function causeIn(lines: readonly string[]): Error | undefined {
  const find = (pattern: RegExp, from: number) => {
    const at = lines.slice(from).findIndex((line) => pattern.test(line));
    return at < 0 ? lines.length : from + at;
  };
  const begin = find(/^ {2}(?:\[cause\]|cause): /, 0);
  const frames = find(/^ {6}at /, begin);
  if (frames === lines.length) return undefined;
  const afterFrames = find(/^(?! {6}at )/, frames);
  const hasProperties = lines[afterFrames - 1]?.endsWith(" {") === true;
  const end = hasProperties ? find(/^ {2}\}/, afterFrames) : afterFrames;
  const [head = "", ...rest] = lines.slice(begin, end);
  return errorOf([head.replace(/^ {2}\S+: /, ""), ...rest.map((line) => line.slice(2))]);
}
