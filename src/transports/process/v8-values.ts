import type * as V8 from "node:v8";
import { countBytes, emptyHeader, fillHeader, frameKind, headerBytes } from "./frames.js";

/**
 * One view above this, in bytes, has its bytes behind the value, so that they are read into memory of their own. Those
 * of others are copied once more on arrival.
 */
const largeView = 1_048_576;
/** Of the number of the view whose bytes stand behind the value. */
const nthBytes = 4;

/** A whole frame for a message. Throws for what cannot be cloned. */
export function encodeV8(message: unknown, module: typeof V8): Buffer {
  const serializer = new (serializerOf(module))();
  serializer.writeRawBytes(Buffer.alloc(countBytes + nthBytes));
  serializer.writeRawBytes(emptyHeader());
  serializer.writeHeader();
  serializer.writeValue(message);
  const { apart, nth } = serializer;
  if (apart === undefined) {
    return fillHeader(serializer.releaseBuffer().subarray(countBytes + nthBytes), frameKind.v8);
  }
  serializer.writeRawBytes(apart);
  const frame = fillHeader(serializer.releaseBuffer(), frameKind.withBytes);
  frame.writeUInt32BE(apart.byteLength, headerBytes);
  frame.writeUInt32BE(nth, headerBytes + countBytes);
  return frame;
}

/** The message in a frame. `apart` are the bytes behind it, which nothing else may hold. Throws at malformed bytes. */
export function decodeV8(payload: Buffer, apart: Buffer | undefined, module: typeof V8): unknown {
  const deserializer = new (deserializerOf(module))(
    apart === undefined ? payload : payload.subarray(nthBytes),
  );
  if (apart !== undefined) {
    deserializer.apart = apart;
    deserializer.nth = payload.readUInt32BE(0);
  }
  deserializer.readHeader();
  const value = deserializer.readValue();
  if (deserializer.apart !== undefined) throw new Error("bytes behind a value that takes none");
  return value;
}

type Serializer = new () => V8.DefaultSerializer & {
  /** The bytes of the view that is written without them, and its number among all views. */
  readonly apart: Uint8Array | undefined;
  readonly nth: number;
};
let serializer: Serializer | undefined;

function serializerOf(module: typeof V8): Serializer {
  const inherited = module.DefaultSerializer.prototype as unknown as {
    _writeHostObject(view: ArrayBufferView): void;
  };
  serializer ??= class extends module.DefaultSerializer {
    apart: Uint8Array | undefined;
    nth = 0;

    _writeHostObject(view: ArrayBufferView): void {
      const empty = this.apart === undefined && view.byteLength > largeView ? emptyOf(view) : undefined;
      if (empty !== undefined) this.apart = new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
      else if (this.apart === undefined) this.nth++;
      inherited._writeHostObject.call(this, empty ?? view);
    }
  };
  return serializer;
}

type Deserializer = new (
  bytes: Buffer,
) => V8.DefaultDeserializer & {
  apart: Buffer | undefined;
  nth: number;
};
let deserializer: Deserializer | undefined;

/** V8's deserializer hands out views into the frame, which would keep, and show, their neighbours' bytes. */
function deserializerOf(module: typeof V8): Deserializer {
  const inherited = module.DefaultDeserializer.prototype as unknown as {
    _readHostObject(): ArrayBufferView;
  };
  const Inherited = module.DefaultDeserializer as unknown as new (bytes: Buffer) => V8.DefaultDeserializer;
  deserializer ??= class extends Inherited {
    apart: Buffer | undefined;
    nth = 0;

    _readHostObject(): ArrayBufferView {
      const view = inherited._readHostObject.call(this);
      if (this.apart === undefined || this.nth-- > 0) return copyOf(view);
      const { buffer } = this.apart;
      this.apart = undefined;
      return sameView(view, buffer);
    }
  };
  return deserializer;
}

type ViewClass = new (buffer: ArrayBufferLike) => ArrayBufferView;

/** A view of the class that JavaScript has for it. Undefined for one that says it is of another. */
function emptyOf(view: ArrayBufferView): ArrayBufferView | undefined {
  if (Buffer.isBuffer(view)) return Buffer.alloc(0);
  const tag = Object.prototype.toString.call(view).slice(8, -1);
  const Class = (globalThis as unknown as Record<string, ViewClass | undefined>)[tag];
  const empty = typeof Class === "function" ? new Class(new ArrayBuffer(0)) : undefined;
  return ArrayBuffer.isView(empty) ? empty : undefined;
}

function copyOf(view: ArrayBufferView): ArrayBufferView {
  return sameView(view, view.buffer.slice(view.byteOffset, view.byteOffset + view.byteLength));
}

function sameView(view: ArrayBufferView, buffer: ArrayBufferLike): ArrayBufferView {
  if (Buffer.isBuffer(view)) return Buffer.from(buffer);
  return new (view.constructor as ViewClass)(buffer);
}
