import type { Flash, FlashRegion } from '../../firmware/host';
import { BadBits } from './bad-bits';
import { Prng } from './prng';

/** Thrown by every call to a flash region from the power cut to the reboot. */
export class PowerLost extends Error {
  constructor() {
    super('the power is off');
    this.name = 'PowerLost';
  }
}

/** The supply of one or more regions. It counts their writes and erases, and fails during one of them. */
export class FlashPower {
  /** Writes and erases that were begun, ever. */
  operations = 0;
  #cutAt = Number.POSITIVE_INFINITY;
  #lost = false;

  /** The `nth` write or erase from now on will be torn; 1 is the next. */
  cutAt(nth: number): void {
    if (!Number.isInteger(nth) || nth < 1)
      throw new RangeError(`cutAt: expected an integer from 1, got ${nth}`);
    this.#cutAt = this.operations + nth;
  }

  /** Power is back, and no further cut planned. */
  reboot(): void {
    this.#lost = false;
    this.#cutAt = Number.POSITIVE_INFINITY;
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** @throws PowerLost when the power is off. */
  assertOn(): void {
    if (this.#lost) throw new PowerLost();
  }

  /** Begins a write or erase: true when the power fails during it. */
  begin(): boolean {
    this.assertOn();
    this.operations++;
    this.#lost = this.operations >= this.#cutAt;
    return this.#lost;
  }
}

/**
 * What a worn sector does to writes and erases: it reports failure, or success, and changes nothing. Or only one of the
 * two does less than it should, not all of the bytes, and that is reported or not.
 */
export type Wear = 'refuses' | 'ignores' | `${'write' | 'erase'}-${'refused' | 'short'}`;

export interface EmulatedFlashOptions {
  /** Bytes, a multiple of `sectorSize` */
  readonly size: number;
  /** 4096 when absent */
  readonly sectorSize?: number;
  /** Decides how a cut tears, and how torn bits read. */
  readonly prng: Prng;
  /** A supply of its own when absent. */
  readonly power?: FlashPower;
  /** How many erases a sector is good for, and how it fails from the next on. Never when absent. */
  readonly endurance?: { readonly erases: number; readonly wear: Wear };
}

/**
 * NOR flash in memory. A power cut tears what was under way: some of the bytes are done, some of the bits of others
 * are, and some bits are left between 0 and 1: they read as either, anew each time, until programmed or erased.
 */
export class EmulatedFlash implements FlashRegion {
  readonly size: number;
  readonly sectorSize: number;
  readonly power: FlashPower;
  /** Writes that were begun. */
  writes = 0;
  /** Erases that were begun, by sector. */
  readonly erases: number[];
  readonly #prng: Prng;
  /** Unstable bits are 1 here. */
  readonly #cells: Uint8Array;
  /** By offset, a mask of the bits that are between 0 and 1. */
  readonly #unstable = new Map<number, number>();
  readonly #worn = new Map<number, Wear>();
  readonly #bad: BadBits;
  readonly #endurance: EmulatedFlashOptions['endurance'];
  /** Sectors with bits inverted since their last erase: no write into them can know what it finds. */
  readonly #damaged = new Set<number>();

  constructor(options: EmulatedFlashOptions) {
    const { size, sectorSize = 4096, prng, power = new FlashPower(), endurance } = options;
    this.size = size;
    this.sectorSize = sectorSize;
    this.power = power;
    this.#prng = prng;
    this.#bad = new BadBits(prng.fork('bad bits'));
    this.#endurance = endurance;
    this.#cells = new Uint8Array(size).fill(0xff);
    this.erases = new Array<number>(size / sectorSize).fill(0);
  }

  /** From now on this sector fails; without `wear` it works again. */
  wearOut(sector: number, wear: Wear | undefined): void {
    if (wear === undefined) this.#worn.delete(sector);
    else this.#worn.set(sector, wear);
  }

  /** Inverts bits, as decay or a stray write of something else would; for a test to spoil what is stored. */
  damage(offset: number, mask = 0xff): void {
    this.#cells[offset] = (this.#cells[offset] as number) ^ mask;
    this.#damaged.add(Math.floor(offset / this.sectorSize));
  }

  /** From now on these bits read as `value`, whatever is written. */
  stick(offset: number, mask: number, value: 0 | 1): void {
    this.#bad.stick(offset, mask, value);
  }

  /** From now on each of these bits reads wrong with this probability, anew each time. */
  weaken(offset: number, mask: number, probability: number): void {
    this.#bad.weaken(offset, mask, probability);
  }

  read(offset: number, length: number): Uint8Array {
    this.power.assertOn();
    this.#assertWithin('read', offset, length);
    const bytes = this.#cells.slice(offset, offset + length);
    for (const [place, mask] of this.#unstable) {
      const k = place - offset;
      if (k >= 0 && k < length) bytes[k] = (bytes[k] as number) & ~(mask & this.#prng.bits());
    }
    this.#bad.spoil(offset, bytes);
    return bytes;
  }

  /** @throws Error when the write would set a bit. */
  write(offset: number, bytes: Uint8Array): boolean {
    this.power.assertOn();
    this.#assertWithin('write', offset, bytes.length);
    const sector = Math.floor(offset / this.sectorSize);
    const wrong = bytes.findIndex((byte, k) => (byte & ~(this.#cells[offset + k] as number)) !== 0);
    if (wrong >= 0 && !this.#worn.has(sector) && !this.#damaged.has(sector))
      throw new Error(`write: expected to clear bits only, got a bit to set at ${offset + wrong}`);
    this.writes++;
    return this.#change(sector, offset, bytes.length, k => bytes[k] as number);
  }

  erase(sector: number): boolean {
    this.power.assertOn();
    this.#assertWithin('erase', sector * this.sectorSize, this.sectorSize);
    const erases = (this.erases[sector] as number) + 1;
    this.erases[sector] = erases;
    const endurance = this.#endurance;
    if (endurance !== undefined && erases > endurance.erases) this.wearOut(sector, endurance.wear);
    return this.#change(sector, sector * this.sectorSize, this.sectorSize, () => 0xff, true);
  }

  #change(
    sector: number,
    offset: number,
    length: number,
    target: (k: number) => number,
    set = false,
  ): boolean {
    const cut = this.power.begin();
    const wear = this.#worn.get(sector);
    const { done, reported } = outcomeOf(wear, set ? 'erase' : 'write');
    const part = done === 'some' ? this.#partOf(length, target, set) : length;
    if (done === 'all' && cut) this.#tear(offset, length, target, set);
    else if (done !== 'none') for (let k = 0; k < part; k++) this.#settle(offset + k, target(k), set);
    if (done === 'all' && set && !cut) this.#damaged.delete(sector);
    if (cut) throw new PowerLost();
    return reported;
  }
  /** How many bytes a failing write or erase does: of a write never all that are to change. */
  #partOf(length: number, target: (k: number) => number, set: boolean): number {
    let last = length - 1;
    while (last > 0 && !set && target(last) === 0xff) last--;
    return this.#below(last + 1);
  }

  /** Some bytes come out as they should, some of the bits of the next do, the rest stays; and one bit may be weak. */
  #tear(offset: number, length: number, target: (k: number) => number, set: boolean): void {
    const done = this.#one([0, this.#below(length + 1), this.#below(length + 1), length]);
    const torn = Math.min(length, done + this.#one([0, 4, length]));
    const weak = this.#one([-1, this.#below(length)]);
    const changing = ((this.#cells[offset + weak] ?? 0) ^ target(weak)) & (1 << this.#below(8));
    for (let k = 0; k < done; k++) this.#settle(offset + k, target(k), set);
    for (let k = done; k < torn; k++) this.#mix(offset + k, target(k));
    if (weak >= 0) this.#loosen(offset + weak, changing);
  }

  #settle(place: number, target: number, set: boolean): void {
    this.#cells[place] = set ? target : (this.#cells[place] as number) & target;
    this.#mark(place, set ? 0 : (this.#unstable.get(place) ?? 0) & target);
  }

  /** Of the bits to change, some do, some do not, and some end in between. */
  #mix(place: number, target: number): void {
    const cell = this.#cells[place] as number;
    const changing = cell ^ target;
    const between = changing & this.#prng.bits();
    this.#cells[place] = cell ^ (changing & ~between & this.#prng.bits());
    this.#loosen(place, between);
  }

  /** Leaves bits between 0 and 1; held as 1, so that a write may clear them or leave them. */
  #loosen(place: number, bits: number): void {
    this.#cells[place] = (this.#cells[place] as number) | bits;
    this.#mark(place, (this.#unstable.get(place) ?? 0) | bits);
  }

  #mark(place: number, mask: number): void {
    const unstable = mask & (this.#cells[place] as number);
    if (unstable === 0) this.#unstable.delete(place);
    else this.#unstable.set(place, unstable);
  }

  #one(choices: readonly number[]): number {
    return choices[this.#below(choices.length)] as number;
  }

  #below(limit: number): number {
    return Math.floor(this.#prng.uniform() * limit);
  }

  #assertWithin(call: string, offset: number, length: number): void {
    if (offset < 0 || length < 0 || offset + length > this.size)
      throw new RangeError(`${call}: expected bytes within 0 to ${this.size}, got ${length} at ${offset}`);
  }
}

/** How much is done, and whether success is reported. */
function outcomeOf(wear: Wear | undefined, call: 'write' | 'erase') {
  if (wear === 'refuses' || wear === 'ignores') return { done: 'none', reported: wear === 'ignores' };
  return wear?.startsWith(call)
    ? { done: 'some', reported: wear.endsWith('short') }
    : { done: 'all', reported: true };
}

export interface EmulatedMeterFlash extends Flash {
  readonly ledger: EmulatedFlash;
  readonly log: EmulatedFlash;
  readonly power: FlashPower;
}

/** Both regions of a meter, 64 KiB and 512 KiB, on one supply. */
export function emulatedFlash(seed: number | string): EmulatedMeterFlash {
  const power = new FlashPower();
  const prng = new Prng(seed).fork('flash');
  return {
    ledger: new EmulatedFlash({ size: 64 * 1024, prng: prng.fork('ledger'), power }),
    log: new EmulatedFlash({ size: 512 * 1024, prng: prng.fork('log'), power }),
    power,
  };
}
