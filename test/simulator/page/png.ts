import { inflateSync } from 'node:zlib';

const HEADER_LENGTH = 8;
/** Length, type and CRC around a chunk's data */
const CHUNK_FRAME = 12;

export interface PngFacts {
  readonly width: number;
  readonly height: number;
  /** How many of the byte values occur in the filtered rows: an empty picture has a handful. */
  readonly variety: number;
}

/** What a PNG of the PNG specification, section 5, is like. */
export function pngFacts(png: Buffer): PngFacts {
  const data: Buffer[] = [];
  for (let at = HEADER_LENGTH; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const type = png.toString('latin1', at + 4, at + 8);
    if (type === 'IDAT') data.push(png.subarray(at + 8, at + 8 + length));
    at += length + CHUNK_FRAME;
  }
  const variety = new Set(inflateSync(Buffer.concat(data))).size;
  return { width: png.readUInt32BE(16), height: png.readUInt32BE(20), variety };
}
