import { type PhaseSpectrum, spectrumOf } from '../../firmware/metrology/spectrum';
import { calibrationOf, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { Waves } from '../../hosts/mock/front-end-waves';
import { Prng } from '../../hosts/mock/prng';
import type { House } from '../house/house';
import type { ScopeView } from './page-state';

/** Sample sets of one picture: two cycles at 50 Hz */
const SETS = 160;
const CALIBRATION = calibrationOf(TYPICAL_HARDWARE);

/**
 * Looks at a house's line by a typical front end of its own, so that it takes nothing from the meter's: what that one
 * captures, the meter has asked for.
 */
export class HouseScope {
  readonly #house: House;
  readonly #waves = new Waves(TYPICAL_HARDWARE);
  readonly #prng: Prng;
  readonly #counts = new Uint16Array(2 * SETS);

  constructor(house: House, seed: number) {
    this.#house = house;
    this.#prng = new Prng(seed).fork('scope');
  }

  /** Of this moment. */
  look(): ScopeView {
    const { voltage, frequency, activePower, reactivePower } = this.#house;
    const phases = [{ activePower, reactivePower }];
    this.#waves.follow({ voltage, frequency, phases, until: Number.POSITIVE_INFINITY });
    for (let k = 0; k < SETS; k++) this.#waves.convert(this.#counts, 2 * k, k * this.#waves.step, this.#prng);
    const capture = { counts: this.#counts, samplePeriod: TYPICAL_HARDWARE.samplePeriod };
    return { ...this.#channels(), ...distortions(spectrumOf(capture, frequency, CALIBRATION)?.[0]) };
  }

  #channels(): ScopeView {
    const { samplePeriod, voltageBias, currentBias, voltsPerCount, ampsPerCount } = TYPICAL_HARDWARE;
    const volts: number[] = [];
    const amps: number[] = [];
    for (let k = 0; k < SETS; k++) {
      volts.push(((this.#counts[2 * k] as number) - voltageBias) * voltsPerCount);
      amps.push(((this.#counts[2 * k + 1] as number) - currentBias) * ampsPerCount);
    }
    const voltage = rms(volts);
    const current = rms(amps);
    const active = volts.reduce((sum, v, k) => sum + v * (amps[k] as number), 0) / SETS;
    const powerFactor = active / (voltage * current || 1);
    return {
      samplePeriod,
      volts: volts.map(tenth),
      amps: amps.map(thousandth),
      voltage,
      current,
      powerFactor,
    };
  }
}

function distortions(spectrum: PhaseSpectrum | undefined): Partial<ScopeView> {
  const { voltageDistortion, currentDistortion } = spectrum ?? {};
  return { voltageDistortion, currentDistortion };
}

function rms(values: readonly number[]): number {
  return Math.sqrt(values.reduce((sum, value) => sum + value * value, 0) / values.length);
}

function tenth(value: number): number {
  return Math.round(value * 10) / 10;
}

function thousandth(value: number): number {
  return Math.round(value * 1000) / 1000;
}
