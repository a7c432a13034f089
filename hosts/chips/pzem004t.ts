import type { Clock, PhaseMeasurement } from '../../firmware/host';
import type { ChipSerialClass, ChipSerialPort } from './chip-io';
import { type ChipReading, isPossibleFrequency, isPossiblePhase, phaseOf } from './chip-reading';
import { ChipSensor, ROUND } from './chip-sensor';
import { FrameFinder } from './frame-finder';
import { answerLength, isAnswer, readRegisters, register } from './modbus';

export interface Pzem004tOptions {
  /** Where it is wired; 9600 baud, 8N1. */
  readonly serial: {
    readonly io: ChipSerialClass;
    readonly port: number;
    readonly transmit: number;
    readonly receive: number;
  };
  readonly clock: Clock;
  /** Slave addresses, 1 to 247, of the modules on the line, phase by phase; the factory's 1 where absent. */
  readonly addresses?: readonly number[];
}

const BAUD = 9600;
const FACTORY_ADDRESS = 1;
const LAST_ADDRESS = 247;
const MOST_PHASES = 3;

/** Input registers, and what a step of them is (PZEM-004T V3.0 user manual, §2.3). */
const REGISTERS = 10;
const VOLTAGE = 0;
const VOLT_STEPS = 10;
/** 32 bits, the lower 16 first */
const CURRENT = 1;
const AMP_STEPS = 1000;
/** As the current. */
const POWER = 3;
const WATT_STEPS = 10;
const FREQUENCY = 7;
const HERTZ_STEPS = 10;

/**
 * PZEM-004T version 3 on a serial line by Modbus RTU, one module for each phase: registers as in its user manual V3.0,
 * §2.3, and as Tasmota's xnrg_05_pzem_ac and ESPHome's pzemac read them. It tells active power without a sign: what
 * flows back counts as drawn. It lives on the mains that it measures, so a phase without voltage does not answer; as
 * long as one phase does not, the sensor is silent, for what is not measured is not to be supplied.
 *
 * Modules are asked in turn, each once a second. An answer counts whenever it comes: it names who gives it.
 */
export class Pzem004t extends ChipSensor {
  readonly #options: Pzem004tOptions;
  readonly #addresses: readonly number[];
  readonly #questions: readonly Uint8Array[];
  readonly #finder: FrameFinder;
  #serial: ChipSerialPort | undefined;
  /** Index of the module that is asked next. */
  #next = 0;
  /** By phase, what was told since the last reading. */
  #answers: (PhaseMeasurement | undefined)[] = [];
  /** Hz, as the last answer has it */
  #frequency = 0;

  /** @throws RangeError when there are not 1 to 3 different addresses of 1 to 247 */
  constructor(options: Pzem004tOptions) {
    const addresses = options.addresses ?? [FACTORY_ADDRESS];
    checkAddresses(addresses);
    super({ clock: options.clock, phases: addresses.length, interval: ROUND / addresses.length });
    this.#options = options;
    this.#addresses = addresses;
    this.#questions = addresses.map(address => readRegisters(address, REGISTERS));
    this.#finder = new FrameFinder({
      length: answerLength(REGISTERS),
      isFrame: (bytes, at) => isAnswer(bytes, at, REGISTERS),
      onFrame: (bytes, at) => this.#onAnswer(bytes, at),
    });
  }

  protected override open(): void {
    const { io, ...line } = this.#options.serial;
    this.#serial = new io({ ...line, baud: BAUD, format: 'buffer', onReadable: () => this.#onReadable() });
  }

  protected override poll(): undefined {
    const question = this.#questions[this.#next] as Uint8Array;
    this.#next = (this.#next + 1) % this.phases;
    this.#serial?.write(question);
  }

  protected override close(): void {
    const serial = this.#serial;
    this.#serial = undefined;
    this.#answers = [];
    serial?.close();
  }

  #onReadable(): void {
    const bytes = this.#serial?.read();
    if (bytes !== undefined) this.#finder.receive(new Uint8Array(bytes));
  }

  #onAnswer(bytes: Uint8Array, at: number): void {
    const index = this.#addresses.indexOf(bytes[at] as number);
    const frequency = register(bytes, at, FREQUENCY) / HERTZ_STEPS;
    const phase = phaseOf(
      register(bytes, at, VOLTAGE) / VOLT_STEPS,
      longRegister(bytes, at, CURRENT) / AMP_STEPS,
      longRegister(bytes, at, POWER) / WATT_STEPS,
    );
    if (index < 0 || !isPossiblePhase(phase) || !isPossibleFrequency(frequency)) return;
    this.#answers[index] = phase;
    this.#frequency = frequency;
    const reading = this.#takeReading();
    if (reading !== undefined) this.deliver(reading);
  }

  /** Undefined until every phase has answered. */
  #takeReading(): ChipReading | undefined {
    const phases: PhaseMeasurement[] = [];
    for (let p = 0; p < this.phases; p++) {
      const phase = this.#answers[p];
      if (phase === undefined) return undefined;
      phases.push(phase);
    }
    this.#answers = [];
    return { phases, frequency: this.#frequency };
  }
}

function longRegister(bytes: Uint8Array, at: number, index: number): number {
  return register(bytes, at, index) + 65_536 * register(bytes, at, index + 1);
}

function checkAddresses(addresses: readonly number[]): void {
  const isRight =
    addresses.length >= 1 &&
    addresses.length <= MOST_PHASES &&
    addresses.every(address => Number.isInteger(address) && address >= 1 && address <= LAST_ADDRESS) &&
    new Set(addresses).size === addresses.length;
  if (!isRight)
    throw new RangeError(
      `addresses: expected 1 to 3 different ones of 1 to 247, got ${addresses.join(', ')}`,
    );
}
