/**
 * The bytes of the last payload of M3tering v2 in the journal. Integers are big-endian; the first byte is the format.
 *
 *     payload  format u8 = 1 | chainId u64 | m3terId u256 | nonce u32 | energy u32 | covered u48
 */
import type { MilliwattHours } from '../energy';
import { failure, type Result, success } from '../result';
import { FieldReader, FieldWriter } from './fields';
import { type StateFault, uint256, uint256Bytes } from './state';

const FORMAT = 1;
const LENGTH = 55;

/** The last payload that was made, and in whose name. */
export interface PayloadRecord {
  /** A safe integer */
  readonly chainId: number;
  /** uint256 */
  readonly m3terId: bigint;
  /** u32; 0 before the first */
  readonly nonce: number;
  /** What it states, u32 */
  readonly energy: MilliwattHours;
  /** What it and all before it state of the register `imported`, u48 */
  readonly covered: MilliwattHours;
}

/** @throws RangeError when a value is not in its range. */
export function encodePayload({ chainId, m3terId, nonce, energy, covered }: PayloadRecord): Uint8Array {
  const writer = new FieldWriter(FORMAT, LENGTH);
  writer.uint(8, chainId);
  writer.block(32, uint256Bytes(m3terId));
  writer.uint(4, nonce);
  writer.uint(4, energy);
  writer.uint(6, covered);
  return writer.bytes;
}

export function decodePayload(bytes: Uint8Array): Result<PayloadRecord, StateFault> {
  if ((bytes[0] ?? 0) > FORMAT) return failure('newer-format');
  if (bytes[0] !== FORMAT || bytes.length !== LENGTH) return failure('corrupt');
  const reader = new FieldReader(bytes);
  return success({
    chainId: reader.uint(8),
    m3terId: uint256(reader.block(32)),
    nonce: reader.uint(4),
    energy: reader.uint(4) as MilliwattHours,
    covered: reader.uint(6) as MilliwattHours,
  });
}
