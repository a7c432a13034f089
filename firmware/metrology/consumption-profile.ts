import type { MilliwattHours } from '../energy';

export const HOURS_A_WEEK = 168;
const HOURS_A_DAY = 24;

/*
 * Format 1, 175 bytes, big-endian:
 *   format u8 | error of a day u8 | hours of the day under way u8 | mWh that these were above the profile i32 |
 *   for each hour u8
 * The error and each hour are codes of energy: 0 is none, n of 1 to 254 is 2^((n − 1) / 16) Wh, 1 Wh to 58 kWh in steps
 * of 4.4 %, 255 is not known.
 */
const FORMAT = 1;
const ERROR_AT = 1;
const WATCHED_AT = 2;
const SURPRISE_AT = 3;
const FIRST_HOUR_AT = 7;
const LENGTH = FIRST_HOUR_AT + HOURS_A_WEEK;
const UNKNOWN = 255;
const LARGEST = 254;
/** 1000 · 2^(n / 16): the steps of the first octave, mWh */
const STEPS = [
  1000, 1044, 1091, 1139, 1189, 1242, 1297, 1354, 1414, 1477, 1542, 1610, 1682, 1756, 1834, 1915,
] as const;

/** Of what is new so much goes into an average. */
const NEW_OF_HOUR = 1 / 4;
const NEW_OF_ERROR = 1 / 8;

/**
 * What each hour of the local week takes off the balance, on average, and by how much a day differs from that. Hour 0
 * begins on Monday at midnight.
 */
export class ConsumptionProfile {
  readonly #bytes: Uint8Array;
  #known = 0;
  #mean = 0;
  #weekUse = 0;

  /** @param kept what `bytes` was, whatever may have become of it; anything of another format is a new beginning */
  constructor(kept: Uint8Array) {
    const isKept = kept.length === LENGTH && kept[0] === FORMAT;
    this.#bytes = isKept ? kept.slice() : new Uint8Array(LENGTH).fill(UNKNOWN, FIRST_HOUR_AT);
    if (!isKept) {
      this.#bytes[0] = FORMAT;
      this.#bytes[ERROR_AT] = UNKNOWN;
    }
    this.#sum();
  }

  /** To keep: a live view of 175 bytes. */
  get bytes(): Uint8Array {
    return this.#bytes;
  }

  /** Whether a day's worth of hours is known, below which there is nothing to tell. */
  get isUsable(): boolean {
    return this.#known >= HOURS_A_DAY;
  }

  /** mWh that a whole week takes */
  get weekUse(): number {
    return this.#weekUse;
  }

  /** mWh by which what a day takes differs from the profile, on average; half of its use until that was found out */
  get dayError(): number {
    const code = this.#bytes[ERROR_AT] as number;
    return code === UNKNOWN ? Math.round(this.#weekUse / 14) : energyOf(code);
  }

  /**
   * mWh that an hour takes. One that is not known yet: the mean of the same hour on other days, or else of all.
   * @param hour of the week, 0 to 167
   */
  at(hour: number): number {
    const code = this.#bytes[FIRST_HOUR_AT + hour] as number;
    if (code !== UNKNOWN) return energyOf(code);
    let days = 0;
    let energy = 0;
    for (let other = hour % HOURS_A_DAY; other < HOURS_A_WEEK; other += HOURS_A_DAY) {
      const known = this.#bytes[FIRST_HOUR_AT + other] as number;
      if (known === UNKNOWN) continue;
      days++;
      energy += energyOf(known);
    }
    return days === 0 ? this.#mean : Math.round(energy / days);
  }

  /**
   * Learns from an hour that was watched whole.
   * @param hour of the week, 0 to 167
   * @param energy that it took; what it gave counts as nothing
   */
  learn(hour: number, energy: MilliwattHours): void {
    const actual = Math.max(0, Math.min(energyOf(LARGEST), energy));
    if (this.isUsable) this.#judge(actual - this.at(hour));
    const place = FIRST_HOUR_AT + hour;
    const code = this.#bytes[place] as number;
    this.#bytes[place] = code === UNKNOWN ? codeOf(actual) : averaged(code, actual, NEW_OF_HOUR);
    this.#sum();
  }

  /** Over a day, since a meal that is an hour late is no error of the balance. */
  #judge(surprise: number): void {
    const bytes = this.#bytes;
    const view = new DataView(bytes.buffer);
    const sum = view.getInt32(SURPRISE_AT) + surprise;
    const watched = (bytes[WATCHED_AT] as number) + 1;
    const isDay = watched >= HOURS_A_DAY;
    if (isDay) bytes[ERROR_AT] = averaged(codeOf(this.dayError), Math.abs(sum), NEW_OF_ERROR);
    bytes[WATCHED_AT] = isDay ? 0 : watched;
    view.setInt32(SURPRISE_AT, isDay ? 0 : sum);
  }

  #sum(): void {
    let known = 0;
    let energy = 0;
    for (let place = FIRST_HOUR_AT; place < LENGTH; place++) {
      const code = this.#bytes[place] as number;
      if (code === UNKNOWN) continue;
      known++;
      energy += energyOf(code);
    }
    this.#known = known;
    this.#mean = known === 0 ? 0 : Math.round(energy / known);
    this.#weekUse = energy;
    if (known === HOURS_A_WEEK) return;
    this.#weekUse = 0;
    for (let hour = 0; hour < HOURS_A_WEEK; hour++) this.#weekUse += this.at(hour);
  }
}

function energyOf(code: number): number {
  return code === 0 ? 0 : (STEPS[(code - 1) & 15] as number) << ((code - 1) >> 4);
}

/** The nearest; done once an hour, so without a logarithm. */
function codeOf(energy: number): number {
  let code = 0;
  while (code < LARGEST && 2 * energy >= energyOf(code) + energyOf(code + 1)) code++;
  return code;
}

/** Goes a step at least towards what is new, lest steps that are too coarse keep an average where it is. */
function averaged(code: number, energy: number, weight: number): number {
  const average = energyOf(code);
  const next = codeOf(average + weight * (energy - average));
  return next === code ? code + Math.sign(codeOf(energy) - code) : next;
}
