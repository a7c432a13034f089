/**
 * The bytes of the journal: snapshots of up to six kinds in a ring of flash sectors. Integers are big-endian.
 *
 *     sector   header | tariffs, memory, profile, payload: those there are | settings | counters | records of any kind ...
 *     header   magic u32 | format u32 | sequence u32 | CRC-32 of the 12 bytes before
 *     record   kind u8 | length u16 | body | CRC-32 of all before, going on from the sector's sequence
 *
 * The header reads so in every format. Records are aligned to 4 bytes; the gap stays erased. The sector's sequence in
 * the CRC keeps what an interrupted erase left of a sector's former life from passing for a record.
 *
 * Settings and counters are always there, the others once they were saved. They are records of their own, and no part of
 * the settings, because a firmware of before passes over kinds that it does not know: so an update can be taken back. In a
 * fresh sector they come first, since for such a firmware a sector counts as soon as it holds settings and counters.
 */
import { readUint, writeUint } from '../big-endian';
import { concat } from '../bytes';
import { crc32 } from './crc32';

/** `M3LG` */
const MAGIC = 0x4d334c47;
export const FORMAT = 1;
export const HEADER_LENGTH = 16;
export const ALIGNMENT = 4;
/** kind, length, CRC */
const RECORD_OVERHEAD = 7;
/** `T`, `M`, `P`, `N`, `S`, `C`, in the order in which a fresh sector holds them */
export const KINDS = {
  tariffs: 0x54,
  memory: 0x4d,
  profile: 0x50,
  payload: 0x4e,
  settings: 0x53,
  counters: 0x43,
} as const;
export const BLANK = 0xff;

export type SnapshotKind = keyof typeof KINDS;
export const SNAPSHOT_KINDS = Object.keys(KINDS) as readonly SnapshotKind[];
export const KIND_BY_CODE: { readonly [code: number]: SnapshotKind } = Object.fromEntries(
  SNAPSHOT_KINDS.map(kind => [KINDS[kind], kind]),
);

/** The state: opaque to the journal. */
export interface Snapshots {
  readonly settings: Uint8Array;
  readonly counters: Uint8Array;
  readonly tariffs?: Uint8Array;
  readonly memory?: Uint8Array;
  readonly profile?: Uint8Array;
  readonly payload?: Uint8Array;
}

export interface Header {
  readonly format: number;
  readonly sequence: number;
}

export interface StoredRecord {
  /** From the start of the sector that it is read from */
  readonly offset: number;
  /** Without the gap behind it */
  readonly bytes: Uint8Array;
}

/** A fresh sector. @throws RangeError when the snapshots do not fit. */
export function encodeSector(sequence: number, snapshots: Snapshots, sectorSize: number): Uint8Array {
  const parts = [encodeHeader(sequence)];
  for (const kind of SNAPSHOT_KINDS) {
    const body = snapshots[kind];
    if (body !== undefined) parts.push(encodeRecord(kind, body, sequence));
  }
  const image = concat(...parts);
  if (image.length > sectorSize)
    throw new RangeError(
      `journal: expected snapshots for a sector of ${sectorSize}, got ${image.length} bytes`,
    );
  return image;
}

export function encodeHeader(sequence: number): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  writeUint(bytes, 0, 4, MAGIC);
  writeUint(bytes, 4, 4, FORMAT);
  writeUint(bytes, 8, 4, sequence);
  writeUint(bytes, 12, 4, crc32(bytes.subarray(0, 12)));
  return bytes;
}

/** One inverted bit is put right; undefined when these are not a header. */
export function decodeHeader(bytes: Uint8Array): Header | undefined {
  return decodeSound(bytes) ?? decodeMended(bytes);
}

function decodeSound(bytes: Uint8Array): Header | undefined {
  if (readUint(bytes, 0, 4) !== MAGIC || readUint(bytes, 12, 4) !== crc32(bytes.subarray(0, 12)))
    return undefined;
  return { format: readUint(bytes, 4, 4), sequence: readUint(bytes, 8, 4) };
}

/**
 * The header whose bytes these are but for one bit; undefined when there is none. Left as it is, it would take its sector
 * along. No harm can come of a wrong one: the records' CRCs go on from its sequence.
 */
function decodeMended(bytes: Uint8Array): Header | undefined {
  for (let bit = 0; bit < 8 * HEADER_LENGTH; bit++) {
    const k = bit >> 3;
    const byte = bytes[k] as number;
    bytes[k] = byte ^ (1 << (bit & 7));
    const header = decodeSound(bytes);
    if (header !== undefined) return header;
    bytes[k] = byte;
  }
  return undefined;
}

/** With the erased gap up to the next record. */
export function encodeRecord(kind: SnapshotKind, body: Uint8Array, sequence: number): Uint8Array {
  const length = RECORD_OVERHEAD + body.length;
  const bytes = new Uint8Array(align(length)).fill(BLANK);
  bytes[0] = KINDS[kind];
  writeUint(bytes, 1, 2, body.length);
  bytes.set(body, 3);
  writeUint(bytes, length - 4, 4, crc32(bytes.subarray(0, length - 4), sequence));
  return bytes;
}

/** Undefined when the record that begins at `offset` in the bytes of a sector is not good. */
export function recordAt(sector: Uint8Array, offset: number, sequence: number): StoredRecord | undefined {
  const end = offset + RECORD_OVERHEAD + readUint(sector, offset + 1, 2);
  // Not a number where the sector ends within the length
  if (!(end <= sector.length)) return undefined;
  const good = crc32(sector.subarray(offset, end - 4), sequence) === readUint(sector, end - 4, 4);
  return good ? { offset, bytes: sector.slice(offset, end) } : undefined;
}

export function bodyOf({ bytes }: StoredRecord): Uint8Array {
  return bytes.slice(3, -4);
}

/** Where the next record begins, from the start of the sector. */
export function endOf({ offset, bytes }: StoredRecord): number {
  return offset + align(bytes.length);
}

function align(length: number): number {
  return Math.ceil(length / ALIGNMENT) * ALIGNMENT;
}
