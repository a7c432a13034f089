import type { Clock, Timer } from '../../../firmware/host';
import * as frame from '../../chips/cse7766-frame';
import type { Prng } from '../prng';
import { type ChipLoad, NO_LOAD } from './chip-load';
import { type LineFault, spoil } from './line-fault';
import type { SerialWire } from './serial-wire';

export interface Cse7766ChipOptions {
  readonly clock: Clock;
  readonly wire: SerialWire;
  readonly prng: Prng;
}

/** ms from one frame to the next, as the growing registers in Tasmota's recorded frames tell */
const FRAME_INTERVAL = 105;
/** Coefficients of a Sonoff POW R2, from the same frames: V·µs, A·µs, W·µs */
const COEFFICIENTS = { voltage: 194_400, current: 16_400, power: 5_351_000 };
/** µs: a cycle that lasts longer is "beyond". A power cycle in the recorded frames is, with 6.5 s. */
const LONGEST_CYCLE = 6_000_000;

/** What it measures by the time from one pulse to the next. */
class Cycle {
  readonly #coefficient: number;
  /** µs; of the last complete cycle */
  #length = 0;
  /** Of the cycle under way: the part that is over, 0 to 1, and µs since its pulse */
  #part = 0;
  #elapsed = 0;

  constructor(coefficient: number) {
    this.#coefficient = coefficient;
  }

  /** @param quantity V, A or W @param microseconds that pass with it */
  pass(quantity: number, microseconds: number): void {
    const parts = (quantity * microseconds) / this.#coefficient;
    this.#part += parts;
    this.#elapsed += microseconds;
    if (this.#part < 1) return;
    this.#length = this.#coefficient / quantity;
    this.#part %= 1;
    this.#elapsed = this.#part * this.#length;
  }

  get isComplete(): boolean {
    return this.#length > 0 && this.#elapsed <= this.#length;
  }

  get isBeyond(): boolean {
    return this.#elapsed > LONGEST_CYCLE;
  }

  /** Coefficient and cycle, 24 bits each. */
  get bytes(): readonly number[] {
    const cycle = Math.min(0xffffff, Math.max(1, Math.round(this.isComplete ? this.#length : this.#elapsed)));
    return [...bytesOf(this.#coefficient), ...bytesOf(cycle)];
  }
}

function bytesOf(value: number): readonly number[] {
  return [value >>> 16, (value >>> 8) & 0xff, value & 0xff];
}

/** A CSE7766, which talks for as long as it has power; see cse7766-frame.ts for what is known of it. */
export class Cse7766Chip {
  readonly #options: Cse7766ChipOptions;
  readonly #voltage = new Cycle(COEFFICIENTS.voltage);
  readonly #current = new Cycle(COEFFICIENTS.current);
  readonly #power = new Cycle(COEFFICIENTS.power);
  #timer: Timer | undefined;
  /** What becomes of the next frames, one after the other; then nothing does. */
  readonly faults: LineFault[] = [];
  /** `state` in place of the right one. */
  state: number | undefined;
  load: ChipLoad = NO_LOAD;

  constructor(options: Cse7766ChipOptions) {
    this.#options = options;
    this.power(true);
  }

  power(isOn: boolean): void {
    this.#timer?.cancel();
    if (isOn) this.#timer = this.#options.clock.after(FRAME_INTERVAL, () => this.#tick());
  }

  #tick(): void {
    this.power(true);
    const { voltage, current, activePower } = this.load;
    this.#voltage.pass(voltage, FRAME_INTERVAL * 1000);
    this.#current.pass(current, FRAME_INTERVAL * 1000);
    this.#power.pass(Math.abs(activePower), FRAME_INTERVAL * 1000);
    const { wire, prng } = this.#options;
    wire.send(spoil(this.#frame(), this.faults.shift() ?? 'none', prng));
  }

  #frame(): Uint8Array {
    const bytes = Uint8Array.of(
      ...[this.state ?? this.#state(), frame.SECOND_BYTE],
      ...[...this.#voltage.bytes, ...this.#current.bytes, ...this.#power.bytes],
      ...[this.#adj(), 0, 0, 0],
    );
    bytes[frame.FRAME_LENGTH - 1] = frame.frameSum(bytes, 0);
    return bytes;
  }

  #state(): number {
    const flags =
      (this.#voltage.isBeyond ? frame.VOLTAGE_BEYOND : 0) |
      (this.#current.isBeyond ? frame.CURRENT_BEYOND : 0) |
      (this.#power.isBeyond ? frame.POWER_BEYOND : 0);
    return flags === 0 ? frame.STATE_WELL : frame.STATE_FLAGGED | flags;
  }

  #adj(): number {
    return (
      1 |
      (this.#voltage.isComplete ? frame.VOLTAGE_COMPLETE : 0) |
      (this.#current.isComplete ? frame.CURRENT_COMPLETE : 0) |
      (this.#power.isComplete ? frame.POWER_COMPLETE : 0)
    );
  }
}
