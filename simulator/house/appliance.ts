import type { Prng } from '../../hosts/mock/prng';
import type { Steps } from './steps';
import { DAY, HOUR, MINUTE } from './time';

/** What a load draws: active power in W and reactive power in var, positive when inductive. */
export interface Power {
  readonly watts: number;
  readonly vars: number;
}

/** A heating element: power factor 1. */
export function resistive(watts: number): Power {
  return { watts, vars: 0 };
}

/** A motor or transformer: Q = P·tan φ, where `powerFactor` is cos φ. */
export function inductive(watts: number, powerFactor: number): Power {
  return { watts, vars: watts * Math.tan(Math.acos(powerFactor)) };
}

/** A power supply with a capacitor at its input. */
export function capacitive(watts: number, powerFactor: number): Power {
  return { watts, vars: -inductive(watts, powerFactor).vars };
}

/** A stretch of constant power; how long is drawn evenly between the two bounds. */
export interface Phase {
  readonly seconds: readonly [least: number, most: number];
  readonly power: Power;
}

/** A use of an appliance that a day may bring. */
export interface Use {
  /** Hour of the day at which it begins, on average. */
  readonly hour: number;
  /** Standard deviation of the beginning. */
  readonly spreadMinutes: number;
  readonly minutes: readonly [least: number, most: number];
  /** Of happening on a given day, 0 to 1. */
  readonly probability: number;
}

export interface ApplianceKind {
  readonly name: string;
  /** The day's uses, or `always` for what is never switched off. */
  readonly uses: readonly Use[] | 'always';
  /** While in use, these phases over and over. */
  readonly program: readonly Phase[];
}

interface Span {
  readonly start: number;
  readonly end: number;
}

const OFF = resistive(0);

/** One appliance living through its days: each day its uses are drawn anew, and each use runs the program. */
export class Appliance implements Steps {
  readonly name: string;
  /** What it draws now; read only. */
  power = OFF;
  nextChange = 0;
  readonly #kind: ApplianceKind;
  readonly #prng: Prng;
  #plan: Span[] = [];
  #daysPlanned = 0;
  #inUseUntil: number;
  #phase = 0;

  constructor(kind: ApplianceKind, prng: Prng) {
    this.name = kind.name;
    this.#kind = kind;
    this.#prng = prng;
    this.#inUseUntil = kind.uses === 'always' ? Number.POSITIVE_INFINITY : 0;
  }

  advance(to: number): void {
    while (this.nextChange <= to) {
      if (this.nextChange < this.#inUseUntil) this.#nextPhase();
      else this.#awaitUse();
    }
  }

  #nextPhase(): void {
    const { program } = this.#kind;
    const phase = program[this.#phase % program.length];
    if (phase === undefined)
      throw new RangeError(`${this.name}: expected a program of at least one phase, got none`);
    this.#phase++;
    this.power = phase.power;
    this.nextChange = Math.min(this.nextChange + Math.max(1, this.#between(phase.seconds)), this.#inUseUntil);
  }

  #awaitUse(): void {
    const now = this.nextChange;
    this.power = OFF;
    this.#phase = 0;
    if (now >= this.#daysPlanned * DAY) this.#planDay();
    const use = this.#plan.shift();
    this.nextChange = use === undefined ? this.#daysPlanned * DAY : Math.max(use.start, now);
    this.#inUseUntil = use === undefined ? 0 : use.end;
  }

  #planDay(): void {
    const midnight = this.#daysPlanned++ * DAY;
    const { uses } = this.#kind;
    if (uses === 'always') return;
    for (const use of uses) {
      const happens = this.#prng.uniform() < use.probability;
      const delay = use.hour * HOUR + use.spreadMinutes * MINUTE * this.#prng.gaussian();
      const start = midnight + Math.round(delay);
      const end = start + this.#between([use.minutes[0] * MINUTE, use.minutes[1] * MINUTE]);
      if (happens) this.#plan.push({ start, end });
    }
    this.#plan.sort((a, b) => a.start - b.start);
  }

  /** A whole number drawn evenly between two bounds. */
  #between([least, most]: readonly [least: number, most: number]): number {
    return Math.round(least + (most - least) * this.#prng.uniform());
  }
}
