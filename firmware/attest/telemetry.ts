import { equal } from '../bytes';
import type { Measurement } from '../host';
import { failure, type Result, success } from '../result';
import { type CborValue, cborInteger, decodeCbor, encodeCbor } from './cbor';

/** What one phase did, beside the reading that commits to it. */
export interface PhaseTelemetry {
  /** V, RMS, to 0.1 */
  readonly voltage: number;
  /** A, RMS, to 0.001 */
  readonly current: number;
  /** W, positive to the load, to 0.1 */
  readonly activePower: number;
  /** var, positive inductive, to 0.1 */
  readonly reactivePower: number;
}

export interface Telemetry {
  /** Of the reading that it belongs to. */
  readonly sequence: number;
  /** Unix seconds; 0 when the time was unknown. */
  readonly timestamp: number;
  /** Hz, to 0.001; 0 when no mains was seen */
  readonly frequency: number;
  /** One to three. */
  readonly phases: readonly PhaseTelemetry[];
}

/*
 * On the wire it is a deterministic CBOR map of integers: {1: sequence, 2: timestamp, 3: frequency in mHz}, and for
 * phase p of 0 to 2: {4 + 4p: voltage in dV, 5 + 4p: current in mA, 6 + 4p: active power in dW, 7 + 4p: reactive
 * power in dvar}. One phase takes some 30 bytes, three some 60. `Reading.telemetry` is the keccak-256 of it.
 */
const FIRST_PHASE_KEY = 4;
const KEYS_PER_PHASE = 4;
const MAXIMUM_PHASES = 3;
const MAXIMUM_LENGTH = 128;
/** A measured quantity in its unit above; a timestamp or sequence may be larger. */
const MAXIMUM_QUANTITY = 2 ** 31 - 1;

/** @throws RangeError when a quantity is not finite or absurdly large, or there are not one to three phases. */
export function encodeTelemetry(sequence: number, timestamp: number, measurement: Measurement): Uint8Array {
  const numbers = [sequence, timestamp, Math.round(measurement.frequency * 1000)];
  for (const phase of measurement.phases) {
    numbers.push(Math.round(phase.voltage * 10), Math.round(phase.current * 1000));
    numbers.push(Math.round(phase.activePower * 10), Math.round(phase.reactivePower * 10));
  }
  if (!areTelemetry(numbers)) throw new RangeError(`telemetry: expected finite quantities, got ${numbers}`);
  return encode(numbers);
}

/** `malformed`: anything that `encodeTelemetry` does not make. */
export function decodeTelemetry(bytes: Uint8Array): Result<Telemetry, 'malformed'> {
  const map = decodeCbor(bytes, MAXIMUM_LENGTH);
  if (!(map instanceof Map)) return failure('malformed');
  const numbers: unknown[] = [...map.values()].map(value =>
    typeof value === 'bigint' ? Number(value) : value,
  );
  if (!areTelemetry(numbers) || !equal(encode(numbers), bytes)) return failure('malformed');
  const [sequence, timestamp, frequency, ...quantities] = numbers as [number, number, number, ...number[]];
  const phases: PhaseTelemetry[] = [];
  for (let k = 0; k < quantities.length; k += KEYS_PER_PHASE) {
    const [dV, mA, dW, dvar] = quantities.slice(k) as [number, number, number, number];
    phases.push({ voltage: dV / 10, current: mA / 1000, activePower: dW / 10, reactivePower: dvar / 10 });
  }
  return success({ sequence, timestamp, frequency: frequency / 1000, phases });
}

/** Keys are 1, 2, 3, ... without a gap, so that the values alone are the message. */
function encode(numbers: readonly number[]): Uint8Array {
  return encodeCbor(
    new Map<number, CborValue>(numbers.map((number, index) => [index + 1, cborInteger(number)])),
  );
}

function areTelemetry(numbers: readonly unknown[]): numbers is number[] {
  const phases = (numbers.length - (FIRST_PHASE_KEY - 1)) / KEYS_PER_PHASE;
  if (!Number.isInteger(phases) || phases < 1 || phases > MAXIMUM_PHASES) return false;
  const [sequence, timestamp, ...quantities] = numbers;
  if (!Number.isSafeInteger(sequence) || !Number.isSafeInteger(timestamp)) return false;
  if ((sequence as number) < 0 || (timestamp as number) < 0) return false;
  return quantities.every(
    number => Number.isInteger(number) && Math.abs(number as number) <= MAXIMUM_QUANTITY,
  );
}
