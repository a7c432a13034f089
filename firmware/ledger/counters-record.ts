/**
 * The counters' bytes in the journal. The first byte is the format. In 1 and 2 integers are big-endian, in 3 they are
 * unsigned LEB128 varints in their shortest form, which is shorter: this record is written most often and wears the flash.
 *
 *     format 1  imported u48 | exported u48 | debited u48 | credited u48 | withdrawn u48 | feedIn u48 | acknowledged u32
 *     format 2  the same, then for each of two or three phases imported u48 | exported u48
 *     format 3  the seven of format 1, debitRemainder, feedInRemainder, and for each of none, two or three phases imported
 *               and exported, all as varints
 *
 * A first opening writes format 1, the same by every firmware. A meter that has counted in format 1 or 2 stays with it until
 * a remainder asks for more: so a firmware of before, to which an update is taken back, goes on with what has nothing new
 * in it. A meter that begins, and one that was in format 3 once, has no use for the longer ones.
 */
import { MAX_ENERGY, type MilliwattHours } from '../energy';
import { failure, type Result, success } from '../result';
import { FieldReader, FieldWriter } from './fields';
import type { Counters, PhaseRegisters, StateFault } from './state';

const LENGTH = 41;
const PHASE_LENGTH = 12;
const VARINT_FORMAT = 3;
/** Of format 3: twelve energies of 7 bytes, `acknowledged` of 5 and the remainders of 2 at most */
const MOST_VARINT_BYTES = 94;
const MOST_ACKNOWLEDGED = 0xffffffff;
const MOST_REMAINDER = 999;
const REGISTER_NAMES = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;

/**
 * @param isCompact in format 3 though format 1 or 2 would do
 * @throws RangeError when a value is not in its range, or there is one phase or more than three.
 */
export function encodeCounters(counters: Counters, isCompact = false): Uint8Array {
  const { phases } = counters;
  if (phases.length === 1 || phases.length > 3)
    throw new RangeError(`counters: expected no phases, 2 or 3, got ${phases.length}`);
  if (isCompact || counters.debitRemainder !== 0 || counters.feedInRemainder !== 0)
    return encodeVarints(counters);
  const writer = new FieldWriter(phases.length === 0 ? 1 : 2, LENGTH + PHASE_LENGTH * phases.length);
  for (const name of REGISTER_NAMES) writer.uint(6, counters[name]);
  writer.uint(4, counters.acknowledged);
  for (const { imported, exported } of phases) {
    writer.uint(6, imported);
    writer.uint(6, exported);
  }
  return writer.bytes;
}

function encodeVarints(counters: Counters): Uint8Array {
  const writer = new FieldWriter(VARINT_FORMAT, MOST_VARINT_BYTES);
  for (const name of REGISTER_NAMES) writer.varint(counters[name], MAX_ENERGY);
  writer.varint(counters.acknowledged, MOST_ACKNOWLEDGED);
  writer.varint(counters.debitRemainder, MOST_REMAINDER);
  writer.varint(counters.feedInRemainder, MOST_REMAINDER);
  for (const { imported, exported } of counters.phases) {
    writer.varint(imported, MAX_ENERGY);
    writer.varint(exported, MAX_ENERGY);
  }
  return writer.written;
}

/** Whether a record is in format 3. */
export function isCompact(bytes: Uint8Array): boolean {
  return bytes[0] === VARINT_FORMAT;
}

export function decodeCounters(bytes: Uint8Array): Result<Counters, StateFault> {
  const format = bytes[0] ?? 0;
  if (format > VARINT_FORMAT) return failure('newer-format');
  const reader = new FieldReader(bytes);
  if (format === VARINT_FORMAT) return readVarints(reader);
  const phases = (bytes.length - LENGTH) / PHASE_LENGTH;
  const isSound = format === 1 ? phases === 0 : format === 2 && (phases === 2 || phases === 3);
  if (!isSound) return failure('corrupt');
  const energy = () => reader.uint(6) as MilliwattHours;
  return success({
    ...readRegisters(energy),
    acknowledged: reader.uint(4),
    debitRemainder: 0,
    feedInRemainder: 0,
    phases: readPhases(reader, energy),
  });
}

function readVarints(reader: FieldReader): Result<Counters, StateFault> {
  let isSound = true;
  const varint = (most: number): number => {
    const value = reader.varint(most);
    isSound &&= value !== undefined;
    return value ?? 0;
  };
  const energy = () => varint(MAX_ENERGY) as MilliwattHours;
  const counters = {
    ...readRegisters(energy),
    acknowledged: varint(MOST_ACKNOWLEDGED),
    debitRemainder: varint(MOST_REMAINDER),
    feedInRemainder: varint(MOST_REMAINDER),
    phases: readPhases(reader, energy),
  };
  const count = counters.phases.length;
  return isSound && count !== 1 && count <= 3 ? success(counters) : failure('corrupt');
}

function readRegisters(energy: () => MilliwattHours) {
  return {
    imported: energy(),
    exported: energy(),
    debited: energy(),
    credited: energy(),
    withdrawn: energy(),
    feedIn: energy(),
  };
}

function readPhases(reader: FieldReader, energy: () => MilliwattHours): readonly PhaseRegisters[] {
  const phases: PhaseRegisters[] = [];
  while (reader.left > 0) phases.push({ imported: energy(), exported: energy() });
  return phases;
}
