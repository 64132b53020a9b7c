import { malformed } from "../frames.js";

/** The reading end of a stream. */
export interface StreamSink {
  /** The next item. `reader` is kept from being collected until it is there. */
  read(reader: object): Promise<IteratorResult<unknown>>;
  /** Asks the producer to end, and waits for it. Resolves with what it returns, rejects with what its end throws. */
  leave(reader: object): Promise<unknown>;
  item(value: unknown): void;
  end(value: unknown): void;
  /** The producer threw. Items that came before are still read. */
  fail(error: () => unknown): void;
  /** The stream is gone, with its call or its session: no failure for a reader that was leaving. */
  cut(error: () => unknown): void;
}

export interface StreamReader extends AsyncIterableIterator<unknown>, Disposable, AsyncDisposable {
  return(value?: unknown): Promise<IteratorResult<unknown>>;
}

interface WaitingReader {
  readonly reader: object;
  resolve(result: IteratorResult<unknown>): void;
  reject(error: unknown): void;
}

export interface StreamRequests {
  credit(items: number): void;
  cancel(): void;
}

/** Items that a producer may be ahead of its reader. */
const windowItems = 64;

type Ending = { readonly value: unknown } | { readonly error: () => unknown };

export function streamSink(requests: StreamRequests): StreamSink {
  let items: unknown[] = [];
  /** Where the next item stands in the list: taking from the front of a long array is slow. */
  let next = 0;
  const window = creditWindow(requests.credit);
  let isLeaving = false;
  let ending: Ending | undefined;
  const waiting: WaitingReader[] = [];

  const ask = () => {
    if (ending !== undefined || isLeaving) return;
    window.ask(items.length === 0 && waiting.length > 0);
  };
  const settle = () => {
    for (let reader = waiting[0]; reader !== undefined; reader = waiting[0]) {
      if (next < items.length) {
        const value = items[next++];
        if (next === items.length) [items, next] = [[], 0];
        window.took();
        reader.resolve({ done: false, value });
      } else if (ending === undefined) {
        break;
      } else if ("error" in ending) {
        const { error } = ending;
        ending = { value: undefined };
        reader.reject(error());
      } else {
        reader.resolve({ done: true, value: ending.value });
        ending = { value: undefined };
      }
      waiting.shift();
    }
    ask();
  };
  const read = (reader: object): Promise<IteratorResult<unknown>> =>
    new Promise((resolve, reject) => {
      waiting.push({ reader, resolve, reject });
      settle();
    });
  const leave = async (reader: object): Promise<unknown> => {
    [items, next] = [[], 0];
    if (ending === undefined && !isLeaving) {
      isLeaving = true;
      requests.cancel();
    }
    return (await read(reader)).value;
  };
  return {
    read,
    leave,
    item: (value) => {
      window.arrived();
      if (isLeaving) return;
      items.push(value);
      settle();
    },
    end: (value) => {
      ending ??= { value };
      settle();
    },
    fail: (error) => {
      ending ??= { error };
      settle();
    },
    cut: (error) => {
      ending ??= isLeaving ? { value: undefined } : { error };
      settle();
    },
  };
}

/** What a reader asks for. */
function creditWindow(credit: StreamRequests["credit"]): {
  /** Asks for as many items as were taken, where that is worth a frame; for a whole window the first time. */
  ask(isDry: boolean): void;
  took(): void;
  /** Throws `ERR_PROTOCOL` for an item that was not asked for. */
  arrived(): void;
} {
  let taken = windowItems;
  let awaited = 0;
  return {
    ask: (isDry) => {
      // A producer that has sent as many bytes as it may waits for less than half a window.
      if (taken < windowItems / 2 && !(taken > 0 && isDry)) return;
      const wanted = taken;
      taken = 0;
      awaited += wanted;
      credit(wanted);
    },
    took: () => {
      taken++;
    },
    arrived: () => {
      if (awaited === 0) throw malformed("an item that nobody asked for");
      awaited--;
    },
  };
}

/** What the user is given. When it is collected, nobody can read the stream any more. */
export function streamReader({ read, leave }: StreamSink): StreamReader {
  const reader: StreamReader = {
    next: () => read(reader),
    return: async (value) => {
      const returned = await leave(reader);
      return { done: true, value: value === undefined ? returned : await value };
    },
    throw: async (error) => {
      await leave(reader);
      throw error;
    },
    [Symbol.asyncIterator]: () => reader,
    [Symbol.dispose]: () => void leave(reader).catch(() => {}),
    [Symbol.asyncDispose]: async () => void (await leave(reader)),
  };
  return reader;
}

/** The same as a ReadableStream. */
export function readableStream(reader: StreamReader): ReadableStream<unknown> {
  return new ReadableStream(
    {
      pull: async (controller) => {
        const { done, value } = await reader.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      cancel: async () => void (await reader.return()),
    },
    { highWaterMark: 0 },
  );
}
