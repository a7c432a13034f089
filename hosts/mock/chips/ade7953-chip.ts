import type { Clock } from '../../../firmware/host';
import type { ChipI2cClass, ChipI2cDevice } from '../../chips/chip-io';
import { type ChipLoad, NO_LOAD } from './chip-load';

type I2cOptions = ConstructorParameters<ChipI2cClass>[0];

/** Counts a V, A, W·s, as Shelly's boards have them (ESPHome's ade7953_base). */
export const COUNTS_PER_VOLT = 26_000;
export const COUNTS_PER_AMP = 100_000;
export const COUNTS_PER_WATT_SECOND = 154 ** 2 / 3600;

const ADDRESS = 0x38;
const FASTEST = 400_000;
const CONFIG_RESET = 0x8004;
const UNLOCK = 0x0fe;
const OPTIMUM = 0x120;
const ENERGIES = [0x31e, 0x320];

/**
 * An ADE7953 on its bus (datasheet rev. B): current channel A, energies that accumulate and are reset when read, and
 * the register that is open only right after its key was written.
 */
export class Ade7953Chip {
  readonly io: ChipI2cClass;
  load: ChipLoad = NO_LOAD;
  /** Numbers of the transfers, from 0 on, that are not acknowledged. */
  readonly broken = new Set<number>();
  isPlugged = true;
  /** How often the board opened it. */
  opened = 0;
  /** Transfers since the start, broken ones too. */
  transfers = 0;
  readonly #clock: Clock;
  /** What was written, or is there after a reset; by address. */
  readonly #written = new Map<number, number>();
  /** Counts */
  readonly #energies = [0, 0];
  #countedTo: number;
  #isUnlocked = false;
  #pointer = 0;
  #isOpen = false;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#countedTo = clock.monotonic();
    this.reset();
    const open = (options: I2cOptions) => this.#open(options);
    this.io = class implements ChipI2cDevice {
      readonly #bus: ChipI2cDevice;
      constructor(options: I2cOptions) {
        this.#bus = open(options);
      }
      write(bytes: Uint8Array, stop?: boolean) {
        this.#bus.write(bytes, stop);
      }
      read(count: number) {
        return this.#bus.read(count);
      }
      close() {
        this.#bus.close();
      }
    };
  }

  /** Its power goes and comes: what was set up, or counted, is gone. */
  reset(): void {
    this.#written.clear();
    this.#written.set(0x102, CONFIG_RESET);
    this.#written.set(0x004, 0x40);
    this.#energies.fill(0);
    this.#countedTo = this.#clock.monotonic();
    this.#isUnlocked = false;
  }

  /** What is in a register that can be written; undefined for one that was not. */
  written(address: number): number | undefined {
    return this.#written.get(address);
  }

  /** From now on another load. */
  draw(load: ChipLoad): void {
    this.#count();
    this.load = load;
  }

  #open(options: I2cOptions): ChipI2cDevice {
    if (options.address !== ADDRESS || options.hz > FASTEST) throw new RangeError('invalid');
    if (this.#isOpen) throw new Error('duplicate address');
    this.#isOpen = true;
    this.opened++;
    return {
      write: bytes => this.#write(bytes),
      read: count => this.#read(count),
      close: () => {
        this.#isOpen = false;
      },
    };
  }

  #transfer(what: string): void {
    if (this.broken.has(this.transfers++) || !this.isPlugged) throw new Error(`${what} failed`);
  }

  #write(bytes: Uint8Array): void {
    this.#transfer('write');
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#pointer = view.getUint16(0);
    const length = bytes.length - 2;
    if (length === 0 || length !== widthOf(this.#pointer)) return;
    const value = length === 1 ? view.getUint8(2) : length === 2 ? view.getUint16(2) : view.getUint32(2);
    if (this.#pointer !== OPTIMUM || this.#isUnlocked) this.#written.set(this.#pointer, value);
    this.#isUnlocked = this.#pointer === UNLOCK && value === 0xad;
  }

  #read(count: number): ArrayBuffer {
    this.#transfer('read');
    this.#count();
    const value = this.#take(this.#pointer);
    const view = new DataView(new ArrayBuffer(4));
    view.setInt32(0, value);
    return view.buffer.slice(4 - count);
  }

  #take(address: number): number {
    const { voltage, current, frequency = 50 } = this.load;
    switch (address) {
      case 0x31c:
        return Math.round(voltage * COUNTS_PER_VOLT);
      case 0x31a:
        return Math.round(current * COUNTS_PER_AMP);
      case 0x10e:
        return voltage === 0 ? 0xffff : Math.round(223_750 / frequency) - 1;
      default: {
        const energy = ENERGIES.indexOf(address);
        return energy < 0 ? (this.#written.get(address) ?? 0) : this.#takeEnergy(energy);
      }
    }
  }

  /** Whole counts, 24 bits of them with a sign; what is left of one stays. */
  #takeEnergy(index: number): number {
    const counted = this.#energies[index] as number;
    this.#energies[index] = counted % 1;
    return (Math.trunc(counted) << 8) >> 8;
  }

  #count(): void {
    const seconds = (this.#clock.monotonic() - this.#countedTo) / 1000;
    this.#countedTo = this.#clock.monotonic();
    const { activePower, reactivePower = 0 } = this.load;
    [activePower, reactivePower].forEach((power, index) => {
      this.#energies[index] = (this.#energies[index] as number) + power * seconds * COUNTS_PER_WATT_SECOND;
    });
  }
}

function widthOf(address: number): number {
  if (address < 0x100) return 1;
  return address < 0x200 ? 2 : 4;
}
