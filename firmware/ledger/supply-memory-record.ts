/**
 * The supply memory's bytes in the journal. Integers are big-endian; the first byte is the format.
 *
 *     memory  format u8 = 1 | flags u8 | switchings u32 | emergencyAt u48 | loadCuts u8 | cutsUnder u32
 *     flags   bit 0 unarmed, 1 spared, 2 tampered, 3 there is an `emergencyAt`, 4 suspended, else zeros
 */
import type { MilliwattHours } from '../energy';
import { failure, type Result, success } from '../result';
import { FieldReader, FieldWriter } from './fields';
import type { StateFault } from './state';
import { INITIAL_MEMORY, type SupplyMemory } from './supply-memory';

const FORMAT = 1;
const LENGTH = 17;
const UNARMED = 1;
const SPARED = 2;
const TAMPERED = 4;
const EMERGENCY = 8;
/** A firmware of before passes over it, and supplies. */
const SUSPENDED = 16;

/** @throws RangeError when a value is not in its range. */
export function encodeMemory(memory: SupplyMemory): Uint8Array {
  const { emergencyAt } = memory;
  const writer = new FieldWriter(FORMAT, LENGTH);
  writer.uint(
    1,
    (memory.isUnarmed ? UNARMED : 0) |
      (memory.isSpared ? SPARED : 0) |
      (memory.isTampered ? TAMPERED : 0) |
      (emergencyAt !== undefined ? EMERGENCY : 0) |
      (memory.isSuspended ? SUSPENDED : 0),
  );
  writer.uint(4, memory.switchings);
  writer.uint(6, emergencyAt ?? 0);
  writer.uint(1, memory.loadCuts);
  writer.uint(4, memory.cutsUnder);
  return writer.bytes;
}

/** That of a meter never used, where there is no record. */
export function decodeMemory(bytes: Uint8Array | undefined): Result<SupplyMemory, StateFault> {
  if (bytes === undefined) return success(INITIAL_MEMORY);
  if ((bytes[0] ?? 0) > FORMAT) return failure('newer-format');
  if (bytes[0] !== FORMAT || bytes.length !== LENGTH) return failure('corrupt');
  const reader = new FieldReader(bytes);
  const flags = reader.uint(1);
  const switchings = reader.uint(4);
  const emergencyAt = reader.uint(6) as MilliwattHours;
  return success({
    switchings,
    emergencyAt: flags & EMERGENCY ? emergencyAt : undefined,
    isUnarmed: (flags & UNARMED) !== 0,
    isSpared: (flags & SPARED) !== 0,
    isTampered: (flags & TAMPERED) !== 0,
    isSuspended: (flags & SUSPENDED) !== 0,
    loadCuts: reader.uint(1),
    cutsUnder: reader.uint(4),
  });
}
