/** The components of ender.js. */
export interface Ender {
  ender: {
    greet(): string;
    never(): Promise<never>;
    exit(code: number): never;
    throwLater(value: unknown): void;
    rejectLater(message: string): void;
    spin(): never;
    /** Spins until there is such a file. */
    spinUntil(path: string): void;
    recurse(): { readonly depth: number; readonly name: string };
    overflow(): never;
    fillBuffers(megabytes: number): number;
    fillMemory(): never;
  };
}
