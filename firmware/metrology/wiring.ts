import type { Measurement, PhaseMeasurement } from '../host';
import { Alarm, LEAST_PAUSE } from './alarm';
import { CurrentDirection } from './current-direction';
import type { PhaseSpectrum } from './spectrum';
import { SymmetricalComponents } from './symmetrical-components';

/**
 * `phase lost`: no voltage on some phases beside others with it. `sequence reversed`: two phases are exchanged.
 * `neutral lost`: the phases share the voltage by their loads, dangerous to all that is connected. `current reversed`: a
 * suspicion that a current transformer is the wrong way round.
 */
export type WiringFault = 'phase lost' | 'sequence reversed' | 'neutral lost' | 'current reversed';

/** What an event says of a fault: the phase where there is one to name; at most 19 ASCII characters. */
export type WiringText = WiringFault | `${WiringFault} L${number}`;

/** Windows in a row, about a second, that make a phase lost and found. */
const WINDOWS = 5;

/** Captures in a row that make the faults that only captures show, and that end them. */
const CAPTURES = 3;

/** Of nominal, below which a phase is without voltage */
const LOST = 0.5;

/** Times the stronger rotating component, squared: a star point that has moved by 7 % is no mere imbalance. */
const LEAST_SHIFT = 0.07 ** 2;

/** Times, squared: what is so much stronger is the only one of two components that means anything. */
const CLEARLY = 4;

/**
 * Finds what is wrong with the wires, or with what comes over them. Each fault is told when it begins, and when it
 * comes again after it was gone, at most every ten minutes.
 *
 * A neutral that is lost moves the star point: the voltages to it differ while those between the phases do not. That is a
 * zero-sequence component without a negative-sequence one, other than a dip or the loss of a phase, which make both
 * alike. Voltages that a front end converts in turn seem to be apart by some degrees too many; that is less than what
 * is asked for here.
 */
export class WiringWatch {
  /** A window cannot tell anything more. */
  #isDone = false;
  /** V */
  readonly #lostVolts: number;
  readonly #lost: readonly Alarm[];
  /** All phases have voltage, or none has, and that is not news. */
  #isComplete = true;
  readonly #rotation: RotationAlarms | undefined;
  readonly #directions: readonly CurrentDirection[];
  #areDirectionsRight = false;

  /**
   * @param phases 1 to 3; of one, only the direction of the current can be wrong
   * @param nominal V, between a phase and neutral
   */
  constructor(phases: number, nominal: number) {
    this.#lostVolts = LOST * nominal;
    // Where there is one phase, the memory for more is spared.
    const alarms = phases > 1 ? phases : 0;
    this.#lost = Array.from({ length: alarms }, () => new Alarm(WINDOWS, LEAST_PAUSE));
    this.#rotation = phases === 3 ? new RotationAlarms() : undefined;
    this.#directions = Array.from({ length: phases }, () => new CurrentDirection());
  }

  /** Whether the current transformer of a phase, 0 to 2, may be the wrong way round. */
  isSuspect(phase: number): boolean {
    return this.#directions[phase]?.isSuspect ?? false;
  }

  /**
   * The fault that a window shows, when it is to be told; of two, one comes a window later.
   * @param time ms, monotonic
   */
  take(measurement: Measurement, time: number): WiringText | undefined {
    if (this.#isDone) return undefined;
    const { phases, duration } = measurement;
    const lost = phases.length > 1 ? this.#takeVoltages(phases, time) : undefined;
    if (lost !== undefined || this.#areDirectionsRight) return lost;
    return this.#takeCurrents(phases, duration);
  }

  /**
   * The fault that a capture shows, likewise.
   * @param spectra of its phases; of one or two there is nothing to tell
   * @param time ms, monotonic
   */
  takeCapture(spectra: readonly PhaseSpectrum[], time: number): WiringText | undefined {
    const [first, second, third] = spectra;
    const alarms = this.#rotation;
    if (first === undefined || second === undefined || third === undefined || alarms === undefined)
      return undefined;
    const { positive, negative, zero } = new SymmetricalComponents(
      first.voltage,
      second.voltage,
      third.voltage,
    );
    const strong = Math.max(positive, negative);
    const weak = Math.min(positive, negative);
    const isMains = strong > this.#lostVolts * this.#lostVolts;
    alarms.sequence.look(isMains && negative > CLEARLY * positive);
    alarms.neutral.look(isMains && zero > LEAST_SHIFT * strong && zero > CLEARLY * weak);
    if (alarms.neutral.isNews(time)) return 'neutral lost';
    return alarms.sequence.isNews(time) ? 'sequence reversed' : undefined;
  }

  #takeVoltages(phases: readonly PhaseMeasurement[], time: number): WiringText | undefined {
    const lostVolts = this.#lostVolts;
    let lost = 0;
    for (let p = 0; p < phases.length; p++) if ((phases[p] as PhaseMeasurement).voltage < lostVolts) lost++;
    const isComplete = lost === 0 || lost === phases.length;
    if (isComplete && this.#isComplete) return undefined;
    this.#isComplete = isComplete;
    let news: WiringText | undefined;
    for (let p = 0; p < phases.length; p++) {
      const alarm = this.#lost[p] as Alarm;
      alarm.look(!isComplete && (phases[p] as PhaseMeasurement).voltage < lostVolts);
      if (alarm.isPresent) this.#isComplete = false;
      if (news === undefined && alarm.isNews(time)) news = `phase lost L${p + 1}`;
    }
    return news;
  }

  #takeCurrents(phases: readonly PhaseMeasurement[], duration: number): WiringText | undefined {
    let news: WiringText | undefined;
    let areRight = true;
    for (let p = 0; p < phases.length; p++) {
      const direction = this.#directions[p] as CurrentDirection;
      direction.take((phases[p] as PhaseMeasurement).activePower, duration);
      if (news === undefined && direction.isNews()) news = `current reversed L${p + 1}`;
      if (!direction.isRight) areRight = false;
    }
    this.#areDirectionsRight = areRight;
    this.#isDone = areRight && phases.length === 1;
    return news;
  }
}

/** Of three phases together. */
class RotationAlarms {
  readonly sequence = new Alarm(CAPTURES, LEAST_PAUSE);
  readonly neutral = new Alarm(CAPTURES, LEAST_PAUSE);
}
