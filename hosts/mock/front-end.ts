import type { Capture, Window } from '../../firmware/host';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';

/** Power drawn from one phase; negative when the house feeds the line. */
export interface LinePhase {
  /** W */
  readonly activePower: number;
  /** var, positive when inductive */
  readonly reactivePower: number;
}

/** What happens on the line from the moment asked about until it next changes. */
export interface Line {
  /** V, RMS, between each phase and neutral; 0 in an outage */
  readonly voltage: number;
  /** Hz; of no meaning in an outage */
  readonly frequency: number;
  /** As many as the front end has. Without voltage no power flows, whatever they say. */
  readonly phases: readonly LinePhase[];
  /** µs, later than the moment asked about: when to ask again */
  readonly until: number;
}

/**
 * The world that a front end is wired to: what the line does at a time, in µs of the host's monotonic clock. Asked
 * with times that never go back, at least once a window. The answer is read before the next question, and may be
 * one object that changes.
 */
export type World = (time: number) => Line;

/** The simulated hardware, the same for each phase. */
export interface FrontEndHardware {
  /** 1 to 3; the phases of a symmetric system, in the order L1, L2, L3 */
  readonly phases: number;
  /** of the converter */
  readonly bits: number;
  /** Whole µs from one sample set to the next */
  readonly samplePeriod: number;
  /** Counts where the voltage channel rests */
  readonly voltageBias: number;
  /** Counts where the current channel rests */
  readonly currentBias: number;
  readonly voltsPerCount: number;
  readonly ampsPerCount: number;
  /** Degrees by which the current transformer's output leads the current */
  readonly phaseDegrees: number;
  /** µs by which the current is converted later than the voltage */
  readonly skewMicroseconds: number;
  /** Counts, RMS, in each sample of either channel */
  readonly noise: number;
}

/**
 * A common build: an ESP32's 12 bits at 4000 sample sets a second and with its usual noise, a voltage transformer,
 * and a current transformer for up to 40 A with a degree and a half of phase error.
 */
export const TYPICAL_HARDWARE: FrontEndHardware = {
  phases: 1,
  bits: 12,
  samplePeriod: 250,
  voltageBias: 2048,
  currentBias: 2048,
  voltsPerCount: 0.22,
  ampsPerCount: 0.03,
  phaseDegrees: 1.5,
  skewMicroseconds: 12,
  noise: 3,
};

/** W: five standard deviations of what the typical hardware's noise reads in a window at no load. */
const TYPICAL_NO_LOAD = 4;

/** The calibration that makes up for this hardware, for each of its phases. */
export function calibrationOf(hardware: FrontEndHardware): PhaseCalibration[] {
  const { voltsPerCount, ampsPerCount, phaseDegrees, skewMicroseconds } = hardware;
  const calibration = {
    voltsPerCount,
    ampsPerCount,
    phaseDegrees,
    skewMicroseconds,
    noLoadWatts: TYPICAL_NO_LOAD,
  };
  return Array.from({ length: hardware.phases }, () => calibration);
}

/** A simulated front end: gives one window after the other, as fast as it is asked. */
export interface FrontEnd {
  next(world: World): Window;
  /** Whether the ADC clipped in the window given last. */
  readonly saturated: boolean;
  /** Asks for the next `sets` sample sets, 1 to 256, and forgets what was asked before. */
  capture(sets: number): void;
  /** What was asked for, once, when it is whole. */
  takeCapture(): Capture | undefined;
}
