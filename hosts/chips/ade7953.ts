import type { Clock } from '../../firmware/host';
import type { ChipI2cClass, ChipI2cDevice } from './chip-io';
import { type ChipReading, isPossibleFrequency, isPossiblePhase, phaseOf } from './chip-reading';
import { ChipSensor, ROUND } from './chip-sensor';

const { cos, PI, sin } = Math;

export interface Ade7953Options {
  readonly io: ChipI2cClass;
  /** GPIO of SDA and SCL, and the address, which the chip has for good. */
  readonly bus: { readonly data: number; readonly clock: number };
  readonly clock: Clock;
  readonly calibration: Ade7953Calibration;
}

/** What the registers count, by the board that the chip is on: its divider, and its shunt or transformer. */
export interface Ade7953Calibration {
  /** Counts of VRMS a V */
  readonly countsPerVolt: number;
  /** Counts of IRMSA an A */
  readonly countsPerAmp: number;
  /** Counts of AENERGYA a W·s, and of RENERGYA a var·s */
  readonly countsPerWattSecond: number;
  /** How far the output of the current transformer leads the true current; 0 for a shunt. */
  readonly phaseDegrees: number;
}

const ADDRESS = 0x38;
/** The chip takes 400 kHz; boards have an isolator and weak resistors between. */
const HZ = 100_000;
/** ms */
const TIMEOUT = 20;

/** Registers (ADE7953 datasheet rev. B, tables 13 to 16). The address tells the width: 8, 16, from 0x300 on 32 bits. */
const LCYCMODE = 0x004;
const UNLOCK = 0x0fe;
const CONFIG = 0x102;
const PERIOD = 0x10e;
const OPTIMUM = 0x120;
const IRMSA = 0x31a;
const VRMS = 0x31c;
const AENERGYA = 0x31e;
const RENERGYA = 0x320;

/** An energy register is 0 after it was read. */
const READ_RESETS = 0x40;
/** The datasheet's "Required register setting": these two writes, one right after the other. */
const UNLOCKED = 0xad;
const OPTIMUM_SETTING = 0x30;
/** Of CONFIG: set by a reset; once it is cleared, the chip listens to no other interface than the one that cleared it. */
const NOT_LOCKED = 0x8000;
/** CONFIG with the high-pass filter on, as it is after a reset, and the interface locked. */
const CONFIG_LOCKED = 0x0004;
/** Hz: PERIOD counts at this rate, less one. */
const PERIOD_RATE = 223_750;
/** V: PERIOD means nothing without zero crossings. */
const NO_MAINS = 20;
/** ms: an energy register may be full after 2²³ counts at 206.9 kHz, which is 40 s (datasheet, "Active energy calculation"). */
const LONGEST_COUNT = 30_000;

/**
 * ADE7953 on I²C: its current channel A. Registers and formulas are those of the datasheet, as Tasmota's
 * xnrg_07_ade7953 and ESPHome's ade7953_base use them. That an I²C class ends the message between the two stages of a
 * read, whatever it is told, does no harm: ESPHome does so on purpose.
 *
 * Power is the energy that the chip accumulated since it was asked last, by the time that has passed, and not the
 * register of the instantaneous power: nothing is missed between two questions, and a load that is switched in step
 * with them is measured right. What was accumulated is kept when a later register cannot be read.
 */
export class Ade7953 extends ChipSensor {
  readonly #options: Ade7953Options;
  readonly #cosine: number;
  readonly #sine: number;
  #device: ChipI2cDevice | undefined;
  /** `monotonic` ms since when the energies below are counted; undefined when they are not. */
  #since: number | undefined;
  /** Counts */
  #active = 0;
  #reactive = 0;

  constructor(options: Ade7953Options) {
    super({ clock: options.clock, phases: 1, interval: ROUND });
    this.#options = options;
    const angle = (options.calibration.phaseDegrees * PI) / 180;
    this.#cosine = cos(angle);
    this.#sine = sin(angle);
  }

  protected override open(): void {
    const { io, bus } = this.#options;
    this.#device = new io({ ...bus, address: ADDRESS, hz: HZ, timeout: TIMEOUT });
  }

  protected override poll(): ChipReading | undefined {
    const { clock, calibration } = this.#options;
    const isReset = (this.#readUnsigned(CONFIG) & NOT_LOCKED) !== 0;
    if (isReset) this.#setUp();
    const now = clock.monotonic();
    if (this.#since === undefined || now - this.#since > LONGEST_COUNT) {
      this.#beginToCount(now);
      return undefined;
    }
    const voltage = this.#readUnsigned(VRMS) / calibration.countsPerVolt;
    const current = this.#readUnsigned(IRMSA) / calibration.countsPerAmp;
    const frequency = voltage < NO_MAINS ? 0 : PERIOD_RATE / (this.#readUnsigned(PERIOD) + 1);
    this.#active += this.#readSigned(AENERGYA);
    this.#reactive += this.#readSigned(RENERGYA);
    const countsPerWatt = (calibration.countsPerWattSecond * (now - this.#since)) / 1000;
    const inPhase = this.#active / countsPerWatt;
    const quadrature = this.#reactive / countsPerWatt;
    this.#active = 0;
    this.#reactive = 0;
    this.#since = now;
    const phase = phaseOf(
      voltage,
      current,
      inPhase * this.#cosine - quadrature * this.#sine,
      inPhase * this.#sine + quadrature * this.#cosine,
    );
    return isPossiblePhase(phase) && isPossibleFrequency(frequency)
      ? { phases: [phase], frequency }
      : undefined;
  }

  protected override close(): void {
    const device = this.#device;
    this.#device = undefined;
    device?.close();
  }

  #setUp(): void {
    this.#since = undefined;
    this.#write(UNLOCK, UNLOCKED);
    this.#write(OPTIMUM, OPTIMUM_SETTING);
    this.#write(LCYCMODE, READ_RESETS);
    // Last: it is what tells that the rest is done.
    this.#write(CONFIG, CONFIG_LOCKED);
  }

  #beginToCount(now: number): void {
    this.#readSigned(AENERGYA);
    this.#readSigned(RENERGYA);
    this.#active = 0;
    this.#reactive = 0;
    this.#since = now;
  }

  #write(address: number, value: number): void {
    const bytes = widthOf(address);
    const message = new Uint8Array(2 + bytes);
    const view = new DataView(message.buffer);
    view.setUint16(0, address);
    if (bytes === 1) view.setUint8(2, value);
    else view.setUint16(2, value);
    this.#device?.write(message);
  }

  #readUnsigned(address: number): number {
    const view = this.#read(address);
    return view.byteLength === 2 ? view.getUint16(0) : view.getUint32(0);
  }

  #readSigned(address: number): number {
    return this.#read(address).getInt32(0);
  }

  /** @throws Error when the chip does not answer, or with less than was asked for */
  #read(address: number): DataView {
    const device = this.#device as ChipI2cDevice;
    const count = widthOf(address);
    device.write(Uint8Array.of(address >>> 8, address & 0xff), false);
    const bytes = device.read(count);
    if (bytes.byteLength !== count) throw new Error(`read: expected ${count} bytes, got ${bytes.byteLength}`);
    return new DataView(bytes);
  }
}

/** Bytes */
function widthOf(address: number): number {
  if (address < 0x100) return 1;
  return address < 0x200 ? 2 : 4;
}
