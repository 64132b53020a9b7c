/** An array of a length, and of next to no size. */
export function sparse(length: number): unknown[] {
  const array: unknown[] = [];
  array.length = length;
  return array;
}
