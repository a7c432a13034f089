import { CALIBRATION_LIMITS, type PhaseCalibration } from '../../firmware/metrology/calibration';
import { BoardFields } from './board-fields';

export const CHIPS = ['esp32', 'esp32c3', 'esp32s3'] as const;

export type Chip = (typeof CHIPS)[number];

export interface PinWiring {
  /** GPIO number */
  readonly pin: number;
  /** On, pressed, closed is a low level. */
  readonly activeLow: boolean;
}

/** A relay or contactor that is closed for as long as its coil has current: it opens when the power fails. */
export interface MonostableRelayWiring extends PinWiring {
  readonly type: 'monostable';
  /** An input that tells what the contact does. */
  readonly readBack?: PinWiring;
}

/** A relay with a coil for either way, which stays where the last pulse has put it. A coil has current at high level. */
export interface LatchingRelayWiring {
  readonly type: 'latching';
  readonly closePin: number;
  readonly openPin: number;
  /** 10 to 500 */
  readonly pulseMilliseconds: number;
  readonly readBack?: PinWiring;
}

export type RelayWiring = MonostableRelayWiring | LatchingRelayWiring;

export type DisplayWiring =
  | { readonly type: 'ssd1306'; readonly sda: number; readonly scl: number; readonly address: number }
  | { readonly type: 'tm1637'; readonly clock: number; readonly data: number };

export interface SerialWiring {
  /** UART */
  readonly port: number;
  readonly transmit: number;
  readonly receive: number;
  readonly baud: number;
}

export interface AdcWiring {
  /** Of ADC1, in the order v1, i1, v2, i2, ...; never ADC2, which the radio uses. */
  readonly channels: readonly number[];
  /** Conversions of each channel; the chip's least holds if that is more. */
  readonly samplesPerSecond: number;
}

/** What is wired to which pin of the chip. */
export interface Board {
  readonly name: string;
  readonly chip: Chip;
  readonly adc: AdcWiring;
  /** By the nominal values of divider and transformer; a calibration measured on the piece is better. */
  readonly calibration: readonly PhaseCalibration[];
  readonly relay: RelayWiring;
  readonly led?: PinWiring;
  readonly button?: PinWiring;
  readonly display?: DisplayWiring;
  readonly console?: SerialWiring;
}

/** Counts of a 12-bit converter. */
const ADC_COUNTS = 4096;
/** Conversions of all channels together that the chip makes in a second at least: SOC_ADC_SAMPLE_FREQ_THRES_LOW. */
const LEAST_RATE: Readonly<Record<Chip, number>> = { esp32: 20_000, esp32c3: 611, esp32s3: 611 };

/**
 * Reads the `board` block of a manifest's `config`.
 * @throws Error of one line that names the field, what was expected and what came
 */
export function readBoard(config: unknown): Board {
  const known = ['name', 'chip', 'adc', 'phases', 'relay', 'led', 'button', 'display', 'console'];
  const fields = new BoardFields('board', config, known);
  const chip = fields.oneOf('chip', CHIPS);
  const adc = fields.object('adc', ['samplesPerSecond', 'fullScaleVolts']);
  const samplesPerSecond = adc.integer('samplesPerSecond', 'an integer of 1000 to 20000', [1000, 20_000]);
  const voltsPerCount = adc.number('fullScaleVolts', [0.5, 5]) / ADC_COUNTS;
  const phases = fields.objects('phases', ['voltage', 'current', 'noLoadWatts'], [1, 3]);
  const rate = Math.max(2 * phases.length * samplesPerSecond, LEAST_RATE[chip]);
  const board: Board = {
    name: fields.text('name'),
    chip,
    adc: { channels: phases.flatMap(readChannels), samplesPerSecond },
    calibration: phases.map(phase => readCalibration(phase, voltsPerCount, 1e6 / rate)),
    relay: readRelay(fields),
    ...(fields.has('led') && { led: readPin(fields, 'led') }),
    ...(fields.has('button') && { button: readPin(fields, 'button') }),
    ...(fields.has('display') && { display: readDisplay(fields) }),
    ...(fields.has('console') && { console: readSerial(fields) }),
  };
  const channel = firstTwice(board.adc.channels);
  if (channel !== undefined) throw fields.fault('phases', `different channels, not ${channel} twice`);
  const pin = firstTwice(boardPins(board));
  if (pin !== undefined) throw new Error(`board: expected one use for each pin, got GPIO ${pin} twice`);
  return board;
}

/** GPIO numbers of all that is wired, but for the ADC's, as often as they are used. */
export function boardPins({ relay, led, button, display, console }: Board): number[] {
  const pins: (number | undefined)[] = [relay.readBack?.pin, led?.pin, button?.pin];
  if (relay.type === 'monostable') pins.push(relay.pin);
  else pins.push(relay.closePin, relay.openPin);
  if (display?.type === 'ssd1306') pins.push(display.sda, display.scl);
  if (display?.type === 'tm1637') pins.push(display.clock, display.data);
  pins.push(console?.transmit, console?.receive);
  return pins.filter(pin => pin !== undefined);
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

function readRelay(board: BoardFields): RelayWiring {
  const all = ['type', 'pin', 'activeLow', 'closePin', 'openPin', 'pulseMilliseconds', 'readBack'];
  const type = board.object('relay', all).oneOf('type', ['monostable', 'latching']);
  if (type === 'monostable') {
    const fields = board.object('relay', ['type', 'pin', 'activeLow', 'readBack']);
    return { type, pin: gpio(fields, 'pin'), activeLow: fields.flag('activeLow'), ...readBack(fields) };
  }
  const fields = board.object('relay', ['type', 'closePin', 'openPin', 'pulseMilliseconds', 'readBack']);
  const pulseMilliseconds = fields.integer('pulseMilliseconds', 'an integer of 10 to 500', [10, 500]);
  const [closePin, openPin] = [gpio(fields, 'closePin'), gpio(fields, 'openPin')];
  return { type, closePin, openPin, pulseMilliseconds, ...readBack(fields) };
}

function readBack(relay: BoardFields): { readonly readBack?: PinWiring } {
  return relay.has('readBack') ? { readBack: readPin(relay, 'readBack') } : {};
}

function readDisplay(board: BoardFields): DisplayWiring {
  const all = ['type', 'sda', 'scl', 'address', 'clock', 'data'];
  const type = board.object('display', all).oneOf('type', ['ssd1306', 'tm1637']);
  if (type === 'tm1637') {
    const fields = board.object('display', ['type', 'clock', 'data']);
    return { type, clock: gpio(fields, 'clock'), data: gpio(fields, 'data') };
  }
  const fields = board.object('display', ['type', 'sda', 'scl', 'address']);
  const address = fields.integer('address', 'an I2C address of 8 to 119', [8, 119]);
  return { type, sda: gpio(fields, 'sda'), scl: gpio(fields, 'scl'), address };
}

function readSerial(board: BoardFields): SerialWiring {
  const fields = board.object('console', ['port', 'transmit', 'receive', 'baud']);
  return {
    port: fields.integer('port', 'a UART, 0 to 2', [0, 2]),
    transmit: gpio(fields, 'transmit'),
    receive: gpio(fields, 'receive'),
    baud: fields.integer('baud', 'an integer of 1200 to 921600', [1200, 921_600]),
  };
}

function readPin(board: BoardFields, name: string): PinWiring {
  const fields = board.object(name, ['pin', 'activeLow']);
  return { pin: gpio(fields, 'pin'), activeLow: fields.flag('activeLow') };
}

function gpio(fields: BoardFields, name: string): number {
  return fields.integer(name, 'a GPIO number', [0, 48]);
}

function firstTwice(numbers: readonly number[]): number | undefined {
  return numbers.find((number, k) => numbers.indexOf(number) !== k);
}
