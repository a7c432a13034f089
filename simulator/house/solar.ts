import type { Prng } from '../../hosts/mock/prng';
import type { Steps } from './steps';
import { DAY, HOUR, MINUTE } from './time';

/** Where and when a roof is, and how large. */
export interface SolarSite {
  /** Degrees, north positive. */
  readonly latitude: number;
  /** Of the first simulated day: 1 on the first of January. */
  readonly dayOfYear: number;
  /** W of the roof at 1000 W/m². */
  readonly peakPower: number;
  /** Surplus goes to the grid; else the inverter holds back what the house does not draw. */
  readonly feedsGrid: boolean;
}

/** A small roof in Lagos at the March equinox. */
export const DEFAULT_SITE: SolarSite = { latitude: 6.5, dayOfYear: 80, peakPower: 400, feedsGrid: true };

const RADIANS = Math.PI / 180;

/**
 * Sine of the sun's elevation, −1 to 1; negative by night. `time` in s since the midnight that begins `dayOfYear`.
 * sin h = sin φ sin δ + cos φ cos δ cos ω, with the declination δ of Cooper (1969).
 */
export function sineOfElevation(latitude: number, dayOfYear: number, time: number): number {
  const day = dayOfYear + Math.floor(time / DAY);
  const declination = 23.45 * RADIANS * Math.sin((2 * Math.PI * (284 + day)) / 365);
  const hourAngle = (2 * Math.PI * (time - DAY / 2)) / DAY;
  const phi = latitude * RADIANS;
  return Math.sin(phi) * Math.sin(declination) + Math.cos(phi) * Math.cos(declination) * Math.cos(hourAngle);
}

/** W/m² on level ground under a clear sky: Haurwitz (1945), with the coefficients of pvlib. */
export function clearSkyIrradiance(sine: number): number {
  return sine <= 0 ? 0 : 1098 * sine * Math.exp(-0.059 / sine);
}

/** Part of the clear-sky irradiance left by a cloud cover of 0 to 1: Kasten and Czeplak (1980). */
export function cloudTransmission(cover: number): number {
  return 1 - 0.75 * cover ** 3.4;
}

/** A level roof of solar panels: the clear-sky bell, stepped each minute, under clouds that pass in minutes. */
export class SolarRoof implements Steps {
  /** W delivered */
  power = 0;
  nextChange = 0;
  readonly #site: SolarSite;
  readonly #prng: Prng;
  /** Mean cloud cover of the present day. */
  #cloudiness = 0;
  #transmission = 1;
  #newDayAt = 0;
  #newCloudAt = 0;
  /** 0 to 1; undefined: as the weather has it */
  #cover: number | undefined;

  constructor(site: SolarSite, prng: Prng) {
    this.#site = site;
    this.#prng = prng;
  }

  /** Of the sky, 0 to 1, from the next minute on, whatever the weather; undefined: as the weather has it. */
  setCloudCover(cover: number | undefined): void {
    this.#cover = cover;
  }

  advance(to: number): void {
    for (; this.nextChange <= to; this.nextChange += MINUTE) this.#minute(this.nextChange);
  }

  #minute(now: number): void {
    if (now >= this.#newDayAt) this.#newDay(now);
    if (now >= this.#newCloudAt) this.#newCloud(now);
    // The middle of the minute, so that the steps hold the energy of the curve.
    const sine = sineOfElevation(this.#site.latitude, this.#site.dayOfYear, now + MINUTE / 2);
    const transmission = this.#cover === undefined ? this.#transmission : cloudTransmission(this.#cover);
    this.power = (this.#site.peakPower / 1000) * clearSkyIrradiance(sine) * transmission;
  }

  #newDay(now: number): void {
    this.#cloudiness = 0.4 + 0.45 * this.#prng.uniform();
    this.#newDayAt = now + 24 * HOUR;
  }

  #newCloud(now: number): void {
    const cover = this.#cloudiness + 0.3 * this.#prng.gaussian();
    this.#transmission = cloudTransmission(Math.min(1, Math.max(0, cover)));
    this.#newCloudAt = now + MINUTE * (2 + Math.floor(6 * this.#prng.uniform()));
  }
}
