import type { Window } from '../../firmware/host';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { EnergyAccumulator, totalActivePower } from '../../firmware/metrology/energy';
import { Metrology } from '../../firmware/metrology/metrology';
import { AnalogFrontEnd } from '../../hosts/mock/analog/analog-front-end';
import type { AnalogHardware } from '../../hosts/mock/analog/hardware';
import { type Load, NO_LOAD } from '../../hosts/mock/analog/load';
import { type Mains, type Sequence, symmetric } from '../../hosts/mock/analog/mains';
import { Prng } from '../../hosts/mock/prng';
import { calibrateFrontEnd, recordWindows } from '../calibrate-front-end';

/** s after which transformers have settled and the no-load gate knows the load */
const SETTLING_TIME = 5;

/** What the meter made of a load. */
export interface Outcome {
  /** W, of all phases: the mean after settling */
  readonly measured: number;
  /** mWh that were imported, settling included */
  readonly imported: number;
  /** s, likewise */
  readonly time: number;
}

/** A meter's kernel and metrology on a calibrated analog front end, and what it makes of any load. */
export class AccuracyRig {
  readonly hardware: AnalogHardware;
  /** Un, V */
  readonly volts: number;
  /** Hz */
  readonly frequency: number;
  readonly calibrations: readonly PhaseCalibration[];
  readonly #prng: Prng;

  /** @throws Error when the calibration is refused */
  constructor(hardware: AnalogHardware, volts: number, frequency: number, seed: string) {
    this.hardware = hardware;
    this.volts = volts;
    this.frequency = frequency;
    this.#prng = new Prng(seed);
    this.calibrations = calibrateFrontEnd(hardware, volts, frequency, this.#prng.fork('calibration'));
  }

  /**
   * The rig's phases at a share of the nominal voltage, each with its load, or open where there is none.
   * @param loads of L1, L2, L3
   */
  symmetric(ofNominal: number, loads: readonly Load[], sequence: Sequence = 'normal'): Mains {
    const all = Array.from({ length: this.hardware.phases }, (_, p) => loads[p] ?? NO_LOAD);
    return symmetric(ofNominal * this.volts, this.frequency, all, sequence);
  }

  /** W: what truly flows, in all phases */
  powerOf(mains: Mains): number {
    return new AnalogFrontEnd(this.hardware, this.#prng, mains).power;
  }

  /** One window after the other for so many seconds. @param name of the load: it seeds noise and drift */
  windows(mains: Mains, name: string, seconds: number, onWindow: (window: Window) => void): void {
    recordWindows(this.hardware, this.#prng.fork(name), mains, seconds, onWindow);
  }

  /** What is measured over so many seconds after settling. @param name of the load: it seeds noise and drift */
  measure(mains: Mains, name: string, seconds: number): Outcome {
    const metrology = new Metrology(this.calibrations);
    const accumulator = new EnergyAccumulator();
    const mean = new PowerMean();
    let imported = 0;
    let time = 0;
    this.windows(mains, name, seconds + SETTLING_TIME, window => {
      const measurement = metrology.take(window);
      const { duration, phases } = measurement;
      imported += accumulator.accumulate(measurement).imported;
      time += duration * 1e-6;
      if (time > SETTLING_TIME) mean.take(totalActivePower(phases), duration);
    });
    return { measured: mean.value, imported, time };
  }
}

/** Of two windows at once, 20 or 24 cycles, of which bursts of 2 cycles on and 2 off are a whole number. */
class PowerMean {
  #energy = 0;
  #time = 0;
  #oddEnergy = 0;
  #oddTime = 0;

  get value(): number {
    return this.#energy / this.#time;
  }

  take(power: number, duration: number): void {
    if (this.#oddTime === 0) {
      this.#oddEnergy = power * duration;
      this.#oddTime = duration;
      return;
    }
    this.#energy += this.#oddEnergy + power * duration;
    this.#time += this.#oddTime + duration;
    this.#oddTime = 0;
  }
}
