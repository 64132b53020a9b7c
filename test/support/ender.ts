/** The components of ender.js. */
export interface Ender {
  ender: {
    greet(): string;
    never(): Promise<never>;
    exit(code: number): never;
    throwLater(value: unknown): void;
    rejectLater(message: string): void;
    spin(): never;
    fillMemory(): never;
  };
}
