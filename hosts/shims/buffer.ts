/**
 * The part of Node's Buffer that mqtt-packet uses; the npm package `buffer` is fifty times as long. In place of the
 * module `buffer` where there is no Node.
 */
export class Buffer extends Uint8Array {
  static alloc(length: number): Buffer {
    return new Buffer(length);
  }

  static allocUnsafe(length: number): Buffer {
    return new Buffer(length);
  }

  static isBuffer(value: unknown): value is Buffer {
    return value instanceof Buffer;
  }

  static byteLength(value: string | Uint8Array): number {
    return typeof value === 'string' ? utf8Length(value) : value.length;
  }

  writeUInt8(value: number, offset: number): void {
    this[offset] = value;
  }

  writeUInt32BE(value: number, offset: number): void {
    for (let k = 0; k < 4; k++) this[offset + k] = value >>> (24 - 8 * k);
  }
}

/** Bytes of the text in UTF-8. @throws URIError for a lone surrogate */
function utf8Length(text: string): number {
  return encodeURIComponent(text).replace(/%../g, '.').length;
}
