import type { MilliwattHours } from '../energy';
import type { Clock, Timer } from '../host';
import type { Ledger } from '../ledger/ledger';
import { minuteOfWeek } from '../ledger/tariff';
import { ConsumptionProfile, HOURS_A_WEEK } from '../metrology/consumption-profile';
import { type Forecast, forecast } from './forecast';

const SECONDS_AN_HOUR = 3600;
/** s that a look may be off the hour, or that the hour may seem too long or short, the clock not having been set */
const TOLERANCE = 30;
/** s until the next look while the time is unknown */
const LOOK_INTERVAL = 60;

/** Part of the balance, a change by which calls for no other forecast within the minute */
const NEGLIGIBLE = 0.01;

/** It holds until the minute or the balance is another. */
interface MadeForecast {
  /** Of the local week; undefined while the time was unknown */
  readonly minute: number | undefined;
  /** mWh */
  readonly balance: number;
  readonly forecast: Forecast | undefined;
}

/** An hour that is watched from its beginning on. */
interface WatchedHour {
  /** Of the local week, 0 to 167 */
  readonly hour: number;
  /** ms, monotonic */
  readonly since: number;
  /** mWh that the balance had lost by then, in all */
  readonly spent: number;
}

/**
 * Learns what each hour takes off the balance, and foretells from it how long it lasts. It looks once an hour: an hour
 * in which the meter started, the clock was set or the supply was off tells nothing about what people use.
 */
export class Forecaster {
  readonly #clock: Clock;
  readonly #ledger: Ledger;
  #profile: ConsumptionProfile | undefined;
  #watched: WatchedHour | undefined;
  #isSupplied = false;
  #made: MadeForecast | undefined;
  #timer: Timer | undefined;

  constructor(clock: Clock, ledger: Ledger) {
    this.#clock = clock;
    this.#ledger = ledger;
  }

  start(): void {
    this.#look();
  }

  stop(): void {
    this.#timer?.cancel();
  }

  /** To be told of every change. */
  setSupplied(isSupplied: boolean): void {
    if (isSupplied !== this.#isSupplied) this.#watched = undefined;
    this.#isSupplied = isSupplied;
  }

  /** Of this minute; undefined until a day's worth of hours was learned. One that is made takes as long as some windows. */
  get forecast(): Forecast | undefined {
    const { balance, settings } = this.#ledger;
    const now = this.#clock.now();
    const minute = now === undefined ? undefined : minuteOfWeek(settings.policy.utcOffset, now);
    const made = this.#made;
    const isNear =
      made !== undefined && Math.abs(balance - made.balance) <= NEGLIGIBLE * Math.abs(made.balance);
    if (isNear && minute === made.minute) return made.forecast;
    this.#made = { minute, balance, forecast: forecast(this.#known(), balance, minute) };
    return this.#made.forecast;
  }

  /** Read when it is needed, which is not before the first decision about the supply. */
  #known(): ConsumptionProfile {
    this.#profile ??= new ConsumptionProfile(this.#ledger.profile);
    return this.#profile;
  }

  #look(): void {
    const now = this.#clock.now();
    const wait = now === undefined ? this.#forget() : this.#lookAt(now);
    this.#timer = this.#clock.after(wait * 1000, () => this.#look());
  }

  #forget(): number {
    this.#watched = undefined;
    return LOOK_INTERVAL;
  }

  /** @returns s until the next hour */
  #lookAt(now: number): number {
    // A timer may be a little early.
    const time = now + TOLERANCE;
    const minute = minuteOfWeek(this.#ledger.settings.policy.utcOffset, time);
    const late = (minute % 60) * 60 + (time % 60) - TOLERANCE;
    const next = { hour: Math.floor(minute / 60), since: this.#clock.monotonic(), spent: this.#spent };
    const isOnTheHour = late < TOLERANCE;
    if (isOnTheHour && this.#watched !== undefined) this.#learn(this.#watched, next);
    this.#watched = isOnTheHour && this.#isSupplied ? next : undefined;
    return SECONDS_AN_HOUR - late;
  }

  /** Where the clock was not set in between. What the flash does not take now it takes with the next hour. */
  #learn(watched: WatchedHour, next: WatchedHour): void {
    const seconds = (next.since - watched.since) / 1000;
    const isNext = (watched.hour + 1) % HOURS_A_WEEK === next.hour;
    if (!isNext || Math.abs(seconds - SECONDS_AN_HOUR) > 2 * TOLERANCE) return;
    const profile = this.#known();
    this.#made = undefined;
    profile.learn(watched.hour, (next.spent - watched.spent) as MilliwattHours);
    this.#ledger.keepProfile(profile.bytes);
  }

  /** mWh; what is fed in comes back. */
  get #spent(): number {
    const { debited, feedIn } = this.#ledger.registers;
    return debited - feedIn;
  }
}
