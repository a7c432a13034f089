import type { PhaseDistortion } from '../attest/telemetry';
import type { Capture, Measurement, Sensor, SensorFault, Window } from '../host';
import type { PhaseCalibration } from './calibration';
import { SensorSanity } from './sanity';
import { spectrumOf } from './spectrum';
import { type VoltageLimits, VoltageWatch } from './voltage-watch';
import { WiringWatch } from './wiring';

/** Windows from one capture to the next: 5 s where it shows how three phases are wired, else a minute. */
const CAPTURE_INTERVALS = { polyphase: 25, singlePhase: 300 } as const;

/** Of mains, for each capture: two, and enough beyond that they are two when the mains is slower by then. */
const CYCLES = 2.05;
/** Sample sets, the most that a sensor gives */
const MOST_SETS = 256;

export interface LineHandlers {
  onSensorFault(fault: SensorFault): void;
  /** An incident of the voltage is over. @param text at most 32 ASCII characters */
  onVoltageEvent(text: string): void;
  /** Likewise. */
  onWiringFault(text: string): void;
}

/** Watches what comes over the line and how it is seen: the converter, the voltage, the wiring, the wave forms. */
export class LineWatch {
  /** A voltage stands still: what flows cannot be known. */
  isBlind = false;
  readonly #sensor: Sensor;
  readonly #calibrations: readonly PhaseCalibration[];
  readonly #handlers: LineHandlers;
  readonly #sanity = new SensorSanity();
  #voltage: VoltageWatch;
  #wiring: WiringWatch;
  readonly #interval: number;
  /** Windows since a capture was asked for */
  #windows = 0;
  /** Hz, of the last measurement */
  #frequency = 0;
  #distortions: readonly PhaseDistortion[] = [];

  constructor(
    sensor: Sensor,
    calibrations: readonly PhaseCalibration[],
    limits: VoltageLimits,
    handlers: LineHandlers,
  ) {
    this.#sensor = sensor;
    this.#calibrations = calibrations;
    this.#handlers = handlers;
    this.#interval = CAPTURE_INTERVALS[sensor.phases > 1 ? 'polyphase' : 'singlePhase'];
    this.#voltage = new VoltageWatch(limits);
    this.#wiring = new WiringWatch(sensor.phases, limits.nominal);
  }

  /** Of each phase by the last capture; empty before there was one, and where a chip measures. */
  get distortions(): readonly PhaseDistortion[] {
    return this.#distortions;
  }

  /** Other limits from now on; what was under way is forgotten. */
  setLimits(limits: VoltageLimits): void {
    this.#voltage = new VoltageWatch(limits);
    this.#wiring = new WiringWatch(this.#sensor.phases, limits.nominal);
  }

  /** Takes what the converter saw, before it is measured. */
  takeWindow(window: Window): void {
    const fault = this.#sanity.take(window);
    this.isBlind = this.#sanity.isBlind;
    if (fault !== undefined) this.#handlers.onSensorFault(fault);
    if (window.gap > 0) this.#handlers.onSensorFault('gap');
    if (++this.#windows < this.#interval) return;
    this.#windows = 0;
    this.#askForCapture(window);
  }

  /** @param time ms, monotonic */
  takeMeasurement(measurement: Measurement, time: number): void {
    this.#frequency = measurement.frequency;
    const incident = this.#voltage.take(measurement, time);
    if (incident !== undefined) this.#handlers.onVoltageEvent(incident);
    const fault = this.#wiring.take(measurement, time);
    if (fault !== undefined) this.#handlers.onWiringFault(fault);
  }

  /** @param time likewise */
  takeCapture(capture: Capture, time: number): void {
    const spectra = spectrumOf(capture, this.#frequency, this.#calibrations);
    if (spectra === undefined) return;
    this.#distortions = spectra.map(({ voltageDistortion, currentDistortion }) => ({
      voltage: voltageDistortion,
      current: currentDistortion,
    }));
    const fault = this.#wiring.takeCapture(spectra, time);
    if (fault !== undefined) this.#handlers.onWiringFault(fault);
  }

  #askForCapture({ samples, duration, gap }: Window): void {
    const setsPerSecond = (samples * 1e6) / (duration - gap);
    if (!(this.#frequency > 0 && setsPerSecond > 0)) return;
    this.#sensor.capture?.(Math.min(MOST_SETS, Math.ceil((CYCLES * setsPerSecond) / this.#frequency)));
  }
}
