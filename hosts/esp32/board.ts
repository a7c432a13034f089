import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { BoardFields } from './board-fields';
import { gpio, readSensor, type SensorWiring, sensorPins, uart } from './board-sensor';

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

/** What is wired to which pin of the chip. */
export interface Board {
  readonly name: string;
  readonly chip: Chip;
  readonly sensor: SensorWiring;
  /**
   * By the nominal values of divider and transformer; a calibration measured on the piece is better. Empty for a
   * metering chip, which is calibrated itself.
   */
  readonly calibration: readonly PhaseCalibration[];
  readonly relay: RelayWiring;
  readonly led?: PinWiring;
  readonly button?: PinWiring;
  /** Active while the case is open. */
  readonly tamper?: PinWiring;
  /** Active while the power fails, some 10 ms or more before the chip stops. */
  readonly powerFail?: PinWiring;
  readonly display?: DisplayWiring;
  readonly console?: SerialWiring;
  /** It supplies as long as it is not linked, whatever its balance: for a workbench, never for a household. */
  readonly bench?: true;
}

/**
 * Reads the `board` block of a manifest's `config`.
 * @throws Error of one line that names the field, what was expected and what came
 */
export function readBoard(config: unknown): Board {
  const known = [
    ...['name', 'chip', 'adc', 'phases', 'sensor', 'relay', 'led', 'button', 'tamper', 'powerFail'],
    ...['display', 'console', 'bench'],
  ];
  const fields = new BoardFields('board', config, known);
  const chip = fields.oneOf('chip', CHIPS);
  const board: Board = {
    name: fields.text('name'),
    chip,
    ...readSensor(fields, chip),
    relay: readRelay(fields),
    ...(fields.has('led') && { led: readPin(fields, 'led') }),
    ...(fields.has('button') && { button: readPin(fields, 'button') }),
    ...(fields.has('tamper') && { tamper: readPin(fields, 'tamper') }),
    ...(fields.has('powerFail') && { powerFail: readPin(fields, 'powerFail') }),
    ...(fields.has('display') && { display: readDisplay(fields) }),
    ...(fields.has('console') && { console: readSerial(fields, chip) }),
    ...(fields.flag('bench') && { bench: true as const }),
  };
  const pin = firstTwice(boardPins(board));
  if (pin !== undefined) throw new Error(`board: expected one use for each pin, got GPIO ${pin} twice`);
  if (board.console !== undefined && 'port' in board.sensor && board.console.port === board.sensor.port)
    throw new Error(`board: expected different UARTs for console and sensor, got ${board.sensor.port} twice`);
  return board;
}

/** GPIO numbers of all that is wired, but for the ADC's, as often as they are used; an I2C bus is used once. */
export function boardPins(board: Board): number[] {
  const { sensor, relay, led, button, tamper, powerFail, display, console } = board;
  const isBusShared =
    sensor.type === 'ade7953' &&
    display?.type === 'ssd1306' &&
    sensor.sda === display.sda &&
    sensor.scl === display.scl;
  const pins: (number | undefined)[] = [
    ...[relay.readBack?.pin, led?.pin, button?.pin, tamper?.pin, powerFail?.pin],
  ];
  if (relay.type === 'monostable') pins.push(relay.pin);
  else pins.push(relay.closePin, relay.openPin);
  if (display?.type === 'ssd1306') pins.push(display.sda, display.scl);
  if (display?.type === 'tm1637') pins.push(display.clock, display.data);
  pins.push(console?.transmit, console?.receive);
  if (!isBusShared) pins.push(...sensorPins(sensor));
  return pins.filter(pin => pin !== undefined);
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

function readSerial(board: BoardFields, chip: Chip): SerialWiring {
  const fields = board.object('console', ['port', 'transmit', 'receive', 'baud']);
  return {
    port: uart(fields, chip),
    transmit: gpio(fields, 'transmit'),
    receive: gpio(fields, 'receive'),
    baud: fields.integer('baud', 'an integer of 1200 to 921600', [1200, 921_600]),
  };
}

function readPin(board: BoardFields, name: string): PinWiring {
  const fields = board.object(name, ['pin', 'activeLow']);
  return { pin: gpio(fields, 'pin'), activeLow: fields.flag('activeLow') };
}

function firstTwice(numbers: readonly number[]): number | undefined {
  return numbers.find((number, k) => numbers.indexOf(number) !== k);
}
