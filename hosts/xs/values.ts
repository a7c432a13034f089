/** What travels between the two sides of the pipe. Text is ASCII. */
export type Value = undefined | boolean | number | string | Uint8Array;

const TAG = { undefined: 0, false: 1, true: 2, number: 3, text: 4, bytes: 5 } as const;

/** One after the other: a tag, then 8 bytes of a number, or 4 of a length and the text or bytes; little-endian. */
export function encodeValues(values: readonly Value[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce<number>((size, value) => size + sizeOf(value), 0));
  let offset = 0;
  for (const value of values) {
    writeValue(bytes, offset, value);
    offset += sizeOf(value);
  }
  return bytes;
}

export function decodeValues(bytes: Uint8Array): Value[] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const values: Value[] = [];
  for (let offset = 0; offset < bytes.length; offset += sizeOf(values[values.length - 1]))
    values.push(readValue(bytes, view, offset));
  return values;
}

function sizeOf(value: Value): number {
  if (typeof value === 'number') return 9;
  return typeof value === 'string' || value instanceof Uint8Array ? 5 + value.length : 1;
}

function writeValue(bytes: Uint8Array, offset: number, value: Value): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  bytes[offset] = tagOf(value);
  if (typeof value === 'number') view.setFloat64(offset + 1, value, true);
  if (typeof value !== 'string' && !(value instanceof Uint8Array)) return;
  view.setUint32(offset + 1, value.length, true);
  if (typeof value !== 'string') bytes.set(value, offset + 5);
  else for (let k = 0; k < value.length; k++) bytes[offset + 5 + k] = value.charCodeAt(k);
}

function tagOf(value: Value): number {
  if (typeof value === 'number') return TAG.number;
  if (typeof value === 'string') return TAG.text;
  if (value instanceof Uint8Array) return TAG.bytes;
  return value === undefined ? TAG.undefined : value ? TAG.true : TAG.false;
}

function readValue(bytes: Uint8Array, view: DataView, offset: number): Value {
  const tag = bytes[offset];
  if (tag === TAG.undefined) return undefined;
  if (tag === TAG.false || tag === TAG.true) return tag === TAG.true;
  if (tag === TAG.number) return view.getFloat64(offset + 1, true);
  const content = bytes.slice(offset + 5, offset + 5 + view.getUint32(offset + 1, true));
  return tag === TAG.bytes ? content : String.fromCharCode(...content);
}
