/**
 * The bytes of the log on flash. Integers are big-endian.
 *
 *     sector   header | entries of either kind ... | in the last 8 bytes: erased while open, zeros once closed
 *     header   magic u32 | format u32 | sequence u32 | head of readings | head of events | CRC-32 of all before
 *     head     sequence u32 | digest 32: the last entry of the kind before this sector
 *     entry    kind u8 | length u16 | sequence u32 | check u8 | body | CRC-32 of all before
 *
 * `check` is the low byte of the CRC-32 of the 7 bytes before; it and the entry's CRC go on from the sector's
 * sequence, so that nothing of a sector's former life passes for an entry. Entries are aligned to 8 bytes; the gap
 * stays erased. The header begins so in every format.
 */
import { readUint, writeUint } from '../big-endian';
import { crc32 } from '../ledger/crc32';
import type { ChainHead } from '../ledger/state';

/** `M3EL` */
const MAGIC = 0x4d33454c;
const FORMAT = 1;
const HEAD_LENGTH = 36;
const CRC_LENGTH = 4;
const KIND_CODES = { reading: 0x52, event: 0x45 } as const;

export const ENTRY_KINDS = ['reading', 'event'] as const;
export type EntryKind = (typeof ENTRY_KINDS)[number];

/** Of a sector's header, in bytes. */
export const HEADER_LENGTH = 88;
/** Alignment of entries, and the length of what precedes a body, in bytes. */
export const SLOT = 8;
/** What an entry takes besides its body, in bytes. */
export const ENTRY_OVERHEAD = SLOT + CRC_LENGTH;

export type Heads = { readonly [kind in EntryKind]: ChainHead };

export interface SectorHeader {
  /** u32, from 1 */
  readonly sequence: number;
  readonly heads: Heads;
}

export interface StoredEntry {
  readonly kind: EntryKind;
  readonly sequence: number;
  readonly body: Uint8Array;
  /** As on flash, without the gap */
  readonly bytes: Uint8Array;
}

export function encodeHeader({ sequence, heads }: SectorHeader): Uint8Array {
  const bytes = new Uint8Array(HEADER_LENGTH);
  writeUint(bytes, 0, 4, MAGIC);
  writeUint(bytes, 4, 4, FORMAT);
  writeUint(bytes, 8, 4, sequence);
  ENTRY_KINDS.forEach((kind, k) => {
    writeUint(bytes, 12 + k * HEAD_LENGTH, 4, heads[kind].sequence);
    bytes.set(heads[kind].digest, 16 + k * HEAD_LENGTH);
  });
  writeUint(bytes, HEADER_LENGTH - CRC_LENGTH, 4, crc32(bytes.subarray(0, -CRC_LENGTH)));
  return bytes;
}

/** Undefined when these are not a header. */
export function decodeHeader(bytes: Uint8Array): SectorHeader | 'newer-format' | undefined {
  if (readUint(bytes, 0, 4) !== MAGIC) return undefined;
  if (readUint(bytes, HEADER_LENGTH - CRC_LENGTH, 4) !== crc32(bytes.subarray(0, -CRC_LENGTH)))
    return undefined;
  if (readUint(bytes, 4, 4) !== FORMAT) return 'newer-format';
  const [reading, event] = [12, 12 + HEAD_LENGTH].map(offset => ({
    sequence: readUint(bytes, offset, 4),
    digest: bytes.slice(offset + 4, offset + HEAD_LENGTH),
  })) as [ChainHead, ChainHead];
  return { sequence: readUint(bytes, 8, 4), heads: { reading, event } };
}

/** @throws RangeError when the body is longer than a u16 can tell. */
export function encodeEntry(
  kind: EntryKind,
  sequence: number,
  body: Uint8Array,
  sectorSequence: number,
): Uint8Array {
  const bytes = new Uint8Array(SLOT + body.length + CRC_LENGTH);
  bytes[0] = KIND_CODES[kind];
  writeUint(bytes, 1, 2, body.length);
  writeUint(bytes, 3, 4, sequence);
  bytes[SLOT - 1] = checkOf(bytes, sectorSequence);
  bytes.set(body, SLOT);
  writeUint(bytes, SLOT + body.length, 4, crc32(bytes.subarray(0, -CRC_LENGTH), sectorSequence));
  return bytes;
}

/** Undefined when these are not an entry. */
export function decodeEntry(bytes: Uint8Array, sectorSequence: number): StoredEntry | undefined {
  const kind = ENTRY_KINDS.find(candidate => KIND_CODES[candidate] === bytes[0]);
  const crc = readUint(bytes, bytes.length - CRC_LENGTH, 4);
  if (kind === undefined || crc !== crc32(bytes.subarray(0, -CRC_LENGTH), sectorSequence)) return undefined;
  return { kind, sequence: readUint(bytes, 3, 4), body: bytes.subarray(SLOT, -CRC_LENGTH), bytes };
}

/**
 * The length of the entry that begins with these 8 bytes; undefined when none does. Only a bad CRC of the whole says
 * that the entry is not good.
 */
export function entryLength(start: Uint8Array, sectorSequence: number): number | undefined {
  if (start[SLOT - 1] !== checkOf(start, sectorSequence)) return undefined;
  return ENTRY_OVERHEAD + readUint(start, 1, 2);
}

/** Up to the next entry. */
export function align(length: number): number {
  return Math.ceil(length / SLOT) * SLOT;
}

/** Of the first bytes of an entry, all but the last. */
function checkOf(start: Uint8Array, sectorSequence: number): number {
  return crc32(start.subarray(0, SLOT - 1), sectorSequence) & 0xff;
}
