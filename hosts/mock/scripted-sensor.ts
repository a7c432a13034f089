import type { Capture, Measurement, Sensor, SensorFault, SensorHandlers, Window } from '../../firmware/host';

/** A sensor that delivers what a test hands it, when it hands it. */
export class ScriptedSensor implements Sensor {
  readonly phases: number;
  /** Sample sets that were last asked for; undefined: never */
  asked: number | undefined;
  #handlers: SensorHandlers | undefined;

  /** @param phases 1 to 3 */
  constructor(phases = 1) {
    this.phases = phases;
  }

  start(handlers: SensorHandlers): void {
    this.#handlers = handlers;
  }

  stop(): void {
    this.#handlers = undefined;
  }

  /** Only notes that it was asked. */
  capture(sets: number): void {
    this.asked = sets;
  }

  /** Whether somebody listens. */
  get started(): boolean {
    return this.#handlers !== undefined;
  }

  /** @throws Error when the sensor has not been started, as do the others. */
  window(window: Window): void {
    this.#listener().onWindow(window);
  }

  measurement(measurement: Measurement): void {
    this.#listener().onMeasurement(measurement);
  }

  fault(fault: SensorFault): void {
    this.#listener().onFault(fault);
  }

  captured(capture: Capture): void {
    this.#listener().onCapture(capture);
  }

  #listener(): SensorHandlers {
    if (this.#handlers === undefined)
      throw new Error('ScriptedSensor: expected to be started, got no listener');
    return this.#handlers;
  }
}
