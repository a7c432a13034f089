import { equal } from '../bytes';
import { MAX_ENERGY, milliwattHours } from '../energy';
import type { Measurement, PhaseMeasurement } from '../host';
import type { PhaseRegisters } from '../ledger/state';
import { failure, type Result, success } from '../result';
import type { Forecast } from '../supply/forecast';
import { decodeCbor, encodeCbor } from './cbor';

/** Distortion as a ratio, 0.05 for 5 %; undefined where there is none to tell. */
export interface PhaseDistortion {
  readonly voltage?: number | undefined;
  readonly current?: number | undefined;
}

/** What may travel beside a measurement. */
export interface TelemetryExtras {
  /** Of each phase */
  readonly distortions?: readonly PhaseDistortion[];
  /** Of each of two or three phases; what a single one counts is in the reading. */
  readonly registers?: readonly PhaseRegisters[] | undefined;
  /** Undefined where there is none to tell. */
  readonly forecast?: Forecast | undefined;
}

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
  /** Total distortion of the voltage as a ratio, to 0.001 */
  readonly voltageDistortion?: number;
  /** Of the current, likewise */
  readonly currentDistortion?: number;
  /** Where there are two or three phases */
  readonly registers?: PhaseRegisters;
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
  /** Where the meter has learned enough */
  readonly forecast?: Forecast;
}

/*
 * On the wire it is a deterministic CBOR map of integers: {1: sequence, 2: timestamp, 3: frequency in mHz}, and for
 * phase p of 0 to 2: {4 + 4p: voltage in dV, 5 + 4p: current in mA, 6 + 4p: active power in dW, 7 + 4p: reactive
 * power in dvar}, all of which are there. What may be there: {16 + 2p: distortion of the voltage in 0.1 %, 17 + 2p: of
 * the current}, and of two or three phases {22 + 2p: imported in mWh, 23 + 2p: exported}. Of a forecast all or none:
 * {28: hours left in 0.1 h, 29: early, 30: late, 31: the next 24 h's use in mWh, 32: its error}. One phase takes some
 * 30 bytes, three some 60, and 150 with everything. `Reading.telemetry` is the keccak-256 of it.
 */
const FIRST_QUANTITY_KEY = 3;
const FIRST_PHASE_KEY = 4;
const KEYS_PER_PHASE = 4;
const DISTORTION_KEY = 16;
const REGISTER_KEY = 22;
const FORECAST_KEY = 28;
const FORECAST_END = 33;
const MAXIMUM_PHASES = 3;
/** With three phases, everything that may be there, and every integer as long as it can be. */
const MAXIMUM_LENGTH = 235;
/** A measured quantity in its unit above; a timestamp, sequence or register may be larger. */
const MAXIMUM_QUANTITY = 2 ** 31 - 1;

type Numbers = ReadonlyMap<number, number>;

/**
 * The same bytes as ever when there are no extras.
 * @throws RangeError when a quantity is not finite or absurdly large, there are not one to three phases, or extras of a
 *   phase that is not there, or registers of some only.
 */
export function encodeTelemetry(
  sequence: number,
  timestamp: number,
  { frequency, phases }: Measurement,
  { distortions = [], registers = [], forecast }: TelemetryExtras = {},
): Uint8Array {
  const numbers = new Map<number, number>();
  numbers.set(1, sequence);
  numbers.set(2, timestamp);
  numbers.set(3, Math.round(frequency * 1000));
  for (let p = 0; p < phases.length; p++) {
    const { voltage, current, activePower, reactivePower } = phases[p] as PhaseMeasurement;
    const key = FIRST_PHASE_KEY + KEYS_PER_PHASE * p;
    numbers.set(key, Math.round(voltage * 10));
    numbers.set(key + 1, Math.round(current * 1000));
    numbers.set(key + 2, Math.round(activePower * 10));
    numbers.set(key + 3, Math.round(reactivePower * 10));
  }
  distortions.forEach(({ voltage, current }, p) => {
    const key = DISTORTION_KEY + 2 * p;
    if (voltage !== undefined) numbers.set(key, Math.round(voltage * 1000));
    if (current !== undefined) numbers.set(key + 1, Math.round(current * 1000));
  });
  registers.forEach(({ imported, exported }, p) => {
    numbers.set(REGISTER_KEY + 2 * p, imported);
    numbers.set(REGISTER_KEY + 2 * p + 1, exported);
  });
  if (forecast !== undefined) setForecast(numbers, forecast);
  if (!areTelemetry(numbers))
    throw new RangeError(`telemetry: expected finite quantities of 1 to 3 phases, got ${[...numbers]}`);
  return encodeCbor(numbers);
}

function setForecast(numbers: Map<number, number>, forecast: Forecast): void {
  numbers.set(FORECAST_KEY, Math.round(forecast.hoursLeft * 10));
  numbers.set(FORECAST_KEY + 1, Math.round(forecast.early * 10));
  numbers.set(FORECAST_KEY + 2, Math.round(forecast.late * 10));
  numbers.set(FORECAST_KEY + 3, forecast.dayUse);
  numbers.set(FORECAST_KEY + 4, forecast.dayUseError);
}

function forecastOf(numbers: Numbers): Forecast {
  return {
    hoursLeft: numberAt(numbers, FORECAST_KEY) / 10,
    early: numberAt(numbers, FORECAST_KEY + 1) / 10,
    late: numberAt(numbers, FORECAST_KEY + 2) / 10,
    dayUse: milliwattHours(numberAt(numbers, FORECAST_KEY + 3)),
    dayUseError: milliwattHours(numberAt(numbers, FORECAST_KEY + 4)),
  };
}

/** `malformed`: anything that `encodeTelemetry` does not make. */
export function decodeTelemetry(bytes: Uint8Array): Result<Telemetry, 'malformed'> {
  const map = decodeCbor(bytes, MAXIMUM_LENGTH);
  if (!(map instanceof Map)) return failure('malformed');
  const numbers = new Map<unknown, unknown>();
  for (const [key, value] of map) numbers.set(key, typeof value === 'bigint' ? Number(value) : value);
  if (!areTelemetry(numbers) || !equal(encodeCbor(numbers), bytes)) return failure('malformed');
  const phases: PhaseTelemetry[] = [];
  for (let p = 0; p < phaseCount(numbers); p++) phases.push(phaseOf(numbers, p));
  return success({
    sequence: numberAt(numbers, 1),
    timestamp: numberAt(numbers, 2),
    frequency: numberAt(numbers, 3) / 1000,
    phases,
    ...(numbers.has(FORECAST_KEY) && { forecast: forecastOf(numbers) }),
  });
}

function phaseOf(numbers: Numbers, p: number): PhaseTelemetry {
  const key = FIRST_PHASE_KEY + KEYS_PER_PHASE * p;
  const voltageDistortion = numbers.get(DISTORTION_KEY + 2 * p);
  const currentDistortion = numbers.get(DISTORTION_KEY + 2 * p + 1);
  const imported = numbers.get(REGISTER_KEY + 2 * p);
  const exported = numbers.get(REGISTER_KEY + 2 * p + 1);
  return {
    voltage: numberAt(numbers, key) / 10,
    current: numberAt(numbers, key + 1) / 1000,
    activePower: numberAt(numbers, key + 2) / 10,
    reactivePower: numberAt(numbers, key + 3) / 10,
    ...(voltageDistortion !== undefined && { voltageDistortion: voltageDistortion / 1000 }),
    ...(currentDistortion !== undefined && { currentDistortion: currentDistortion / 1000 }),
    ...(imported !== undefined &&
      exported !== undefined && {
        registers: { imported: milliwattHours(imported), exported: milliwattHours(exported) },
      }),
  };
}

/** Of a key that `areTelemetry` has found to be there. */
function numberAt(numbers: Numbers, key: number): number {
  return numbers.get(key) as number;
}

/** Whether all that must be there is, nothing that must not, each in its range and the keys in ascending order. */
function areTelemetry(numbers: ReadonlyMap<unknown, unknown>): numbers is Numbers {
  const phases = phaseCount(numbers);
  const required = FIRST_PHASE_KEY + KEYS_PER_PHASE * phases;
  for (let key = 1; key < required; key++) if (!numbers.has(key)) return false;
  // of all phases or of none
  if (!hasAllOrNone(numbers, REGISTER_KEY, REGISTER_KEY + 2 * phases)) return false;
  if (!hasAllOrNone(numbers, FORECAST_KEY, FORECAST_END)) return false;
  let last = 0;
  let areRight = phases > 0;
  // Not by an iterator of pairs, which takes XS longer than the rest.
  numbers.forEach((number, key) => {
    if (typeof key !== 'number' || !(key > last) || !isWithin(key, number, phases)) areRight = false;
    else last = key;
  });
  return areRight;
}

/** Whether all keys from the first up to the end are there, or else none. */
function hasAllOrNone(numbers: ReadonlyMap<unknown, unknown>, first: number, end: number): boolean {
  const hasFirst = numbers.has(first);
  for (let key = first + 1; key < end; key++) if (numbers.has(key) !== hasFirst) return false;
  return true;
}

function phaseCount(numbers: ReadonlyMap<unknown, unknown>): number {
  let phases = 0;
  while (phases < MAXIMUM_PHASES && numbers.has(FIRST_PHASE_KEY + KEYS_PER_PHASE * phases)) phases++;
  return phases;
}

/** Whether a number may be what the key stands for, in a message of so many phases. */
function isWithin(key: number, number: unknown, phases: number): boolean {
  if (!Number.isSafeInteger(number)) return false;
  const value = number as number;
  if (key < FIRST_QUANTITY_KEY) return value >= 0;
  if (key < FIRST_PHASE_KEY + KEYS_PER_PHASE * phases) return Math.abs(value) <= MAXIMUM_QUANTITY;
  if (value < 0) return false;
  if (key >= FORECAST_KEY) return key < FORECAST_END && value <= MAXIMUM_QUANTITY;
  if (key >= REGISTER_KEY) return phases > 1 && key < REGISTER_KEY + 2 * phases && value <= MAX_ENERGY;
  return key >= DISTORTION_KEY && key < DISTORTION_KEY + 2 * phases && value <= MAXIMUM_QUANTITY;
}
