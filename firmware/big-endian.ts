/**
 * Writes `value` as an unsigned big-endian integer of `length` bytes at `offset`.
 * @throws RangeError when the value is not a whole number that fits in `length` bytes and in 2⁵³.
 */
export function writeUint(bytes: Uint8Array, offset: number, length: number, value: number): void {
  let rest = value;
  for (let k = offset + length - 1; k >= offset; k--) {
    bytes[k] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  if (rest !== 0 || !Number.isSafeInteger(value))
    throw new RangeError(`writeUint: expected an integer of ${length} bytes, got ${value}`);
}

/** The unsigned big-endian integer of `length` bytes at `offset`; exact up to 2⁵³. */
export function readUint(bytes: Uint8Array, offset: number, length: number): number {
  let value = 0;
  for (let k = offset; k < offset + length; k++) value = value * 256 + (bytes[k] as number);
  return value;
}
