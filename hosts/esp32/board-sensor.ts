import { CALIBRATION_LIMITS, type PhaseCalibration } from '../../firmware/metrology/calibration';
import type { Ade7953Calibration } from '../chips/ade7953';
import type { Chip } from './board';
import type { BoardFields } from './board-fields';

/** The chip's own converter. */
export interface AdcWiring {
  readonly type: 'adc';
  /** Of ADC1, in the order v1, i1, v2, i2, ...; never ADC2, which the radio uses. */
  readonly channels: readonly number[];
  /** Conversions of each channel; the chip's least holds if that is more. */
  readonly samplesPerSecond: number;
}

/** Metering modules on a serial line. */
export interface Pzem004tWiring {
  readonly type: 'pzem004t';
  /** UART */
  readonly port: number;
  readonly transmit: number;
  readonly receive: number;
  /** Of the modules, phase by phase; 1 to 247 */
  readonly addresses: readonly number[];
}

/** A metering chip that only talks. */
export interface Cse7766Wiring {
  readonly type: 'cse7766';
  /** UART */
  readonly port: number;
  readonly receive: number;
}

/** A metering chip on I2C. */
export interface Ade7953Wiring {
  readonly type: 'ade7953';
  readonly sda: number;
  readonly scl: number;
  readonly calibration: Ade7953Calibration;
}

export type SensorWiring = AdcWiring | Pzem004tWiring | Cse7766Wiring | Ade7953Wiring;

interface Measured {
  readonly sensor: SensorWiring;
  /** Empty for a metering chip. */
  readonly calibration: readonly PhaseCalibration[];
}

/** Counts of a 12-bit converter. */
const ADC_COUNTS = 4096;
/** Conversions of all channels together that the chip makes in a second at least: SOC_ADC_SAMPLE_FREQ_THRES_LOW. */
const LEAST_RATE: Readonly<Record<Chip, number>> = { esp32: 20_000, esp32c3: 611, esp32s3: 611 };
/** UARTs of the chip */
const UARTS: Readonly<Record<Chip, number>> = { esp32: 3, esp32c3: 2, esp32s3: 3 };
const CHIP_FIELDS = {
  pzem004t: ['type', 'port', 'transmit', 'receive', 'addresses'],
  cse7766: ['type', 'port', 'receive'],
  ade7953: ['type', 'sda', 'scl', 'countsPerVolt', 'countsPerAmp', 'countsPerWattSecond', 'phaseDegrees'],
} as const;

/**
 * Reads what measures: `adc` and `phases`, or `sensor`.
 * @throws Error as `readBoard` does
 */
export function readSensor(board: BoardFields, chip: Chip): Measured {
  if (!board.has('sensor')) return readAdc(board, chip);
  if (board.has('adc') || board.has('phases')) throw board.fault('sensor', 'either it or adc and phases');
  return { sensor: readChip(board, chip), calibration: [] };
}

/** GPIO numbers, but for the ADC's. */
export function sensorPins(sensor: SensorWiring): readonly number[] {
  switch (sensor.type) {
    case 'adc':
      return [];
    case 'pzem004t':
      return [sensor.transmit, sensor.receive];
    case 'cse7766':
      return [sensor.receive];
    case 'ade7953':
      return [sensor.sda, sensor.scl];
  }
}

/** @throws Error */
export function gpio(fields: BoardFields, name: string): number {
  return fields.integer(name, 'a GPIO number', [0, 48]);
}

/** The field `port`. @throws Error */
export function uart(fields: BoardFields, chip: Chip): number {
  const last = UARTS[chip] - 1;
  return fields.integer('port', `a UART, 0 to ${last}`, [0, last]);
}

function readChip(board: BoardFields, chip: Chip): SensorWiring {
  const all = [...new Set(Object.values(CHIP_FIELDS).flat())];
  const type = board.object('sensor', all).oneOf('type', ['pzem004t', 'cse7766', 'ade7953']);
  const fields = board.object('sensor', CHIP_FIELDS[type]);
  if (type === 'ade7953')
    return { type, sda: gpio(fields, 'sda'), scl: gpio(fields, 'scl'), calibration: readCounts(fields) };
  const line = { port: uart(fields, chip), receive: gpio(fields, 'receive') };
  if (type === 'cse7766') return { type, ...line };
  const addresses = fields.integers('addresses', 'different addresses of 1 to 247', [1, 3], [1, 247]);
  return { type, ...line, transmit: gpio(fields, 'transmit'), addresses };
}

function readCounts(fields: BoardFields): Ade7953Calibration {
  return {
    countsPerVolt: fields.number('countsPerVolt', [100, 1_000_000]),
    countsPerAmp: fields.number('countsPerAmp', [100, 10_000_000]),
    countsPerWattSecond: fields.number('countsPerWattSecond', [0.01, 10_000]),
    phaseDegrees: fields.number('phaseDegrees', CALIBRATION_LIMITS.phaseDegrees, 0),
  };
}

function readAdc(board: BoardFields, chip: Chip): Measured {
  const adc = board.object('adc', ['samplesPerSecond', 'fullScaleVolts']);
  const samplesPerSecond = adc.integer('samplesPerSecond', 'an integer of 1000 to 20000', [1000, 20_000]);
  const voltsPerCount = adc.number('fullScaleVolts', [0.5, 5]) / ADC_COUNTS;
  const phases = board.objects('phases', ['voltage', 'current', 'noLoadWatts'], [1, 3]);
  const channels = phases.flatMap(readChannels);
  const twice = channels.find((channel, k) => channels.indexOf(channel) !== k);
  if (twice !== undefined) throw board.fault('phases', `different channels, not ${twice} twice`);
  const rate = Math.max(2 * phases.length * samplesPerSecond, LEAST_RATE[chip]);
  return {
    sensor: { type: 'adc', channels, samplesPerSecond },
    calibration: phases.map(phase => readCalibration(phase, voltsPerCount, 1e6 / rate)),
  };
}

function readChannels(phase: BoardFields): readonly number[] {
  const [voltage, current] = frontEnd(phase);
  return [voltage, current].map(fields => fields.integer('channel', 'a channel of ADC1, 0 to 9', [0, 9]));
}

/** @param skew µs from the conversion of a voltage to that of its current, the next in turn */
function readCalibration(phase: BoardFields, voltsPerCount: number, skew: number): PhaseCalibration {
  const [voltage, current] = frontEnd(phase);
  const ratio = current.number('ratio', [1, 100_000]);
  return {
    voltsPerCount: voltage.number('voltsPerVolt', [1, 10_000]) * voltsPerCount,
    ampsPerCount: (ratio / current.number('burdenOhms', [0.1, 10_000])) * voltsPerCount,
    phaseDegrees: current.number('phaseDegrees', CALIBRATION_LIMITS.phaseDegrees, 0),
    skewMicroseconds: skew,
    noLoadWatts: phase.number('noLoadWatts', CALIBRATION_LIMITS.noLoadWatts),
  };
}

/**
 * `voltsPerVolt`: of the mains for a volt at the pin. `ratio`: of the current transformer, primary to secondary
 * current; `burdenOhms` across its secondary; `phaseDegrees` by which its output leads, 0 where absent.
 */
function frontEnd(phase: BoardFields): readonly [BoardFields, BoardFields] {
  const voltage = phase.object('voltage', ['channel', 'voltsPerVolt']);
  const current = phase.object('current', ['channel', 'ratio', 'burdenOhms', 'phaseDegrees']);
  return [voltage, current];
}
