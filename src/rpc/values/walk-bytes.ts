import { type Encoding, grow, mark, remember, tagOf } from "./encoding.js";
import { takeMoved } from "./marks.js";
import { unserializable } from "./unserializable.js";

/** Bytes up to this are copied at once, so that they can wait for the end of the tick; more leave right away. */
const smallBytes = 65_536;

/** A view takes its own bytes along, never the rest of a pool. */
export function walkView(value: ArrayBufferView, encoding: Encoding): unknown {
  if (tagOf(value.buffer) === "SharedArrayBuffer") throw unserializable(encoding, value.buffer);
  grow(encoding, value.byteLength);
  const isBuffer = Buffer.isBuffer(value);
  const isWhole = value.byteLength === value.buffer.byteLength;
  let copy: ArrayBufferView = value;
  if (isWhole && takeMoved(value.buffer)) {
    encoding.moved.push(value.buffer as ArrayBuffer);
    encoding.settled = false;
    if (isBuffer) copy = new Uint8Array(value.buffer);
  } else if (isWhole && value.byteLength > smallBytes) {
    encoding.settled = false;
    if (isBuffer) copy = new Uint8Array(value.buffer);
  } else {
    copy = ownBytes(value);
    if (value.byteLength > smallBytes) encoding.moved.push(copy.buffer as ArrayBuffer);
  }
  return isBuffer ? mark(value, copy, ["buffer"], encoding) : remember(value, copy, encoding);
}

function ownBytes(value: ArrayBufferView): ArrayBufferView {
  const bytes = value.buffer.slice(value.byteOffset, value.byteOffset + value.byteLength);
  if (Buffer.isBuffer(value)) return new Uint8Array(bytes);
  return new (value.constructor as new (buffer: ArrayBufferLike) => ArrayBufferView)(bytes);
}

export function walkArrayBuffer(value: ArrayBuffer, encoding: Encoding): ArrayBuffer {
  grow(encoding, value.byteLength);
  if (takeMoved(value)) encoding.moved.push(value);
  encoding.settled = false;
  return remember(value, value, encoding);
}
