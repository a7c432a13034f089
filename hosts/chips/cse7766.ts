import type { Clock } from '../../firmware/host';
import type { ChipSerialClass, ChipSerialPort } from './chip-io';
import { type ChipReading, isPossiblePhase, phaseOf } from './chip-reading';
import { ChipSensor, ROUND } from './chip-sensor';
import {
  ADJ_PLACE,
  COEFFICIENTS_DAMAGED,
  CURRENT_BEYOND,
  CURRENT_COMPLETE,
  CURRENT_PLACE,
  coefficient,
  FRAME_LENGTH,
  isCse7766Frame,
  POWER_BEYOND,
  POWER_COMPLETE,
  POWER_PLACE,
  quotient,
  stateFlags,
  VOLTAGE_BEYOND,
  VOLTAGE_COMPLETE,
  VOLTAGE_PLACE,
} from './cse7766-frame';
import { FrameFinder } from './frame-finder';

const { min } = Math;

export interface Cse7766Options {
  /** Where it is wired. `io` has to read 4800 baud with even parity, for which ECMA-419's Serial has no option. */
  readonly serial: {
    readonly io: ChipSerialClass;
    readonly port: number;
    readonly receive: number;
  };
  readonly clock: Clock;
}

const BAUD = 4800;

/**
 * CSE7766 (Sonoff POW and its like), which talks by itself: each second the mean of its frames is told. It measures no
 * frequency (0 is told) and power without a sign: what flows back counts as drawn. Only one that its factory has
 * calibrated is believed. Coefficients never change, so a frame counts only when the one before had the same: one byte
 * of checksum is little on a noisy line.
 */
export class Cse7766 extends ChipSensor {
  readonly #options: Cse7766Options;
  readonly #finder = new FrameFinder({
    length: FRAME_LENGTH,
    isFrame: isCse7766Frame,
    onFrame: (bytes, at) => this.#onFrame(bytes, at),
  });
  #serial: ChipSerialPort | undefined;
  /** Coefficients of the last frame */
  #voltageCoefficient = 0;
  #currentCoefficient = 0;
  #powerCoefficient = 0;
  /** V, A, W, by the last frame */
  #voltage = 0;
  #current = 0;
  #power = 0;
  /** Sums over the frames since the last reading */
  #frames = 0;
  #voltages = 0;
  #currents = 0;
  #powers = 0;

  constructor(options: Cse7766Options) {
    super({ clock: options.clock, phases: 1, interval: ROUND });
    this.#options = options;
  }

  protected override open(): void {
    const { io, port, receive } = this.#options.serial;
    this.#serial = new io({
      ...{ port, receive, baud: BAUD, format: 'buffer' },
      onReadable: () => this.#onReadable(),
    });
  }

  protected override poll(): ChipReading | undefined {
    const count = this.#frames;
    if (count === 0) return undefined;
    const phase = phaseOf(this.#voltages / count, this.#currents / count, this.#powers / count);
    this.#forget();
    return { phases: [phase], frequency: 0 };
  }

  protected override close(): void {
    const serial = this.#serial;
    this.#serial = undefined;
    this.#forget();
    serial?.close();
  }

  #forget(): void {
    this.#frames = 0;
    this.#voltages = 0;
    this.#currents = 0;
    this.#powers = 0;
  }

  #onReadable(): void {
    const bytes = this.#serial?.read();
    if (bytes !== undefined) this.#finder.receive(new Uint8Array(bytes));
  }

  #onFrame(bytes: Uint8Array, at: number): void {
    if (!this.#hasKnownCoefficients(bytes, at) || isDamaged(stateFlags(bytes, at))) return;
    const voltage = this.#voltageIn(bytes, at);
    const current = this.#currentIn(bytes, at);
    const power = this.#powerIn(bytes, at);
    if (!isPossiblePhase(phaseOf(voltage, current, power))) return;
    this.#voltage = voltage;
    this.#current = current;
    this.#power = power;
    this.#frames++;
    this.#voltages += voltage;
    this.#currents += current;
    this.#powers += power;
  }

  #hasKnownCoefficients(bytes: Uint8Array, at: number): boolean {
    const voltage = coefficient(bytes, at, VOLTAGE_PLACE);
    const current = coefficient(bytes, at, CURRENT_PLACE);
    const power = coefficient(bytes, at, POWER_PLACE);
    const isKnown =
      voltage === this.#voltageCoefficient &&
      current === this.#currentCoefficient &&
      power === this.#powerCoefficient;
    this.#voltageCoefficient = voltage;
    this.#currentCoefficient = current;
    this.#powerCoefficient = power;
    return isKnown;
  }

  #voltageIn(bytes: Uint8Array, at: number): number {
    const isComplete = isSet(bytes, at, VOLTAGE_COMPLETE);
    return isComplete ? quotient(bytes, at, VOLTAGE_PLACE) : this.#voltage;
  }

  #currentIn(bytes: Uint8Array, at: number): number {
    if ((stateFlags(bytes, at) & CURRENT_BEYOND) !== 0) return 0;
    const current = quotient(bytes, at, CURRENT_PLACE);
    return isSet(bytes, at, CURRENT_COMPLETE) ? current : min(current, this.#current);
  }

  #powerIn(bytes: Uint8Array, at: number): number {
    if ((stateFlags(bytes, at) & POWER_BEYOND) !== 0) return 0;
    const power = quotient(bytes, at, POWER_PLACE);
    return isSet(bytes, at, POWER_COMPLETE) ? power : min(power, this.#power);
  }
}

/**
 * Pulses of power and current that come too seldom to be counted mean that nothing is drawn. Power without current, or
 * no voltage at a chip that lives on it, means that something is broken, or was cut.
 */
function isDamaged(flags: number): boolean {
  const isPowerAlone = (flags & (CURRENT_BEYOND | POWER_BEYOND)) === CURRENT_BEYOND;
  return isPowerAlone || (flags & (COEFFICIENTS_DAMAGED | VOLTAGE_BEYOND)) !== 0;
}

function isSet(bytes: Uint8Array, at: number, flag: number): boolean {
  return ((bytes[at + ADJ_PLACE] as number) & flag) !== 0;
}
