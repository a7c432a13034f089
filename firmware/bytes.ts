/** Lower-case hex without prefix. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte < 16 ? '0' : '') + byte.toString(16);
  return text;
}

/** Bytes of a hex string, with or without `0x`; undefined when it is not whole bytes of hex. */
export function fromHex(text: string): Uint8Array | undefined {
  const digits = text.startsWith('0x') ? text.slice(2) : text;
  if (digits.length % 2 !== 0 || !/^[0-9a-fA-F]*$/.test(digits)) return undefined;
  const bytes = new Uint8Array(digits.length / 2);
  for (let k = 0; k < bytes.length; k++) bytes[k] = Number.parseInt(digits.slice(2 * k, 2 * k + 2), 16);
  return bytes;
}

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const whole = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}

export function equal(a: Uint8Array, b: Uint8Array): boolean {
  const { length } = a;
  if (length !== b.length) return false;
  // Four bytes at a time, since reading takes XS longer than all the rest.
  const whole = length - (length % 4);
  const viewOfA = new DataView(a.buffer, a.byteOffset, length);
  const viewOfB = new DataView(b.buffer, b.byteOffset, length);
  for (let k = 0; k < whole; k += 4) if (viewOfA.getInt32(k) !== viewOfB.getInt32(k)) return false;
  for (let k = whole; k < length; k++) if (a[k] !== b[k]) return false;
  return true;
}

/** Bytes of a text that is all ASCII. @throws RangeError at the first character that is not. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let k = 0; k < text.length; k++) {
    const code = text.charCodeAt(k);
    if (code > 127) throw new RangeError(`ascii: expected codes 0 to 127, got ${code} at ${k}`);
    bytes[k] = code;
  }
  return bytes;
}
