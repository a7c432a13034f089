import type { Sensor, SensorFault, SensorHandlers, Window } from '../../firmware/host';

/** Hears what a sensor tells the meter, after the meter has dealt with it. */
export interface WindowListener {
  onWindow(window: Window): void;
  onFault(fault: SensorFault): void;
}

/** A sensor as it is, and somebody who listens along. */
export class WindowTap implements Sensor {
  readonly phases: number;
  readonly capture?: (sets: number) => void;
  readonly #sensor: Sensor;
  #listener: WindowListener | undefined;

  constructor(sensor: Sensor) {
    this.#sensor = sensor;
    this.phases = sensor.phases;
    if (sensor.capture !== undefined) this.capture = sets => sensor.capture?.(sets);
  }

  /** From now on, instead of whoever listened before; undefined: nobody. */
  listen(listener: WindowListener | undefined): void {
    this.#listener = listener;
  }

  start(handlers: SensorHandlers): void {
    this.#sensor.start({
      onWindow: window => {
        handlers.onWindow(window);
        this.#listener?.onWindow(window);
      },
      onMeasurement: measurement => handlers.onMeasurement(measurement),
      onFault: fault => {
        handlers.onFault(fault);
        this.#listener?.onFault(fault);
      },
      onCapture: capture => handlers.onCapture(capture),
    });
  }

  stop(): void {
    this.#sensor.stop();
  }
}
