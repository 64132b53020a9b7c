import { type Encoding, grow, mark, remember, tagOf } from "./encoding.js";
import { takeMoved } from "./marks.js";
import { unserializable } from "./unserializable.js";

/** Bytes up to this are copied at once, so that they can wait for the end of the tick; more leave right away. */
const smallBytes = 65_536;

/** A view takes its own bytes along, never the rest of a pool. */
export function walkView(value: ArrayBufferView, encoding: Encoding): unknown {
  if (tagOf(value.buffer) === "SharedArrayBuffer") throw unserializable(encoding, value.buffer);
  refuseDetached(value.buffer, encoding);
  grow(encoding, value.byteLength);
  const isBuffer = Buffer.isBuffer(value);
  const isWhole = value.byteLength === value.buffer.byteLength && isAlone(value.buffer, encoding);
  let copy: ArrayBufferView = value;
  if (isWhole && takeMoved(value.buffer)) {
    encoding.moved.push(value.buffer as ArrayBuffer);
    encoding.settled = false;
    if (isBuffer) copy = new Uint8Array(value.buffer);
  } else if (leavesAsItIs(value, isWhole, encoding)) {
    encoding.settled = false;
    if (isBuffer) copy = new Uint8Array(value.buffer, value.byteOffset, value.byteLength);
  } else {
    copy = ownBytes(value);
    if (value.byteLength > smallBytes) encoding.moved.push(copy.buffer as ArrayBuffer);
  }
  return isBuffer ? mark(value, copy, ["buffer"], encoding) : remember(value, copy, encoding);
}

/** Large bytes are copied by the message alone, if it takes no others along. */
function leavesAsItIs(value: ArrayBufferView, isWhole: boolean, { rules }: Encoding): boolean {
  return (isWhole || rules.carriesViews) && value.byteLength > smallBytes && !isResizable(value.buffer);
}

/** A view of the class that JavaScript has for it, as structured clone makes it: subclasses do not travel. */
function ownBytes(value: ArrayBufferView): ArrayBufferView {
  const bytes = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  const view = (globalThis as unknown as Record<string, ViewClass>)[tagOf(value)] as ViewClass;
  return new view(bytes);
}

type ViewClass = new (bytes: ArrayBufferLike) => ArrayBufferView;

export function walkArrayBuffer(value: ArrayBuffer, encoding: Encoding): ArrayBuffer {
  refuseDetached(value, encoding);
  grow(encoding, value.byteLength);
  if (!isAlone(value, encoding)) return remember(value, structuredClone(value), encoding);
  if (takeMoved(value)) encoding.moved.push(value);
  encoding.settled = false;
  return remember(value, value, encoding);
}

function isResizable(buffer: ArrayBufferLike): boolean {
  return (buffer as { resizable?: boolean }).resizable === true;
}

/** Whether nothing else in the message sends this buffer as it is: what shares one at home has bytes of its own there. */
function isAlone(buffer: ArrayBufferLike, { sent }: Encoding): boolean {
  const before = sent.size;
  return sent.add(buffer).size > before;
}

/** What was moved away is empty, and nobody meant to send that. */
function refuseDetached(buffer: ArrayBufferLike, encoding: Encoding): void {
  if (buffer.byteLength > 0) return;
  try {
    new Uint8Array(buffer);
  } catch {
    throw unserializable(
      encoding,
      buffer,
      "is a detached ArrayBuffer: its bytes were moved away, by transfer() or alike",
    );
  }
}
