import type { Measurement, PhaseMeasurement, Sensor, SensorFault } from '../../../firmware/host';
import type { VirtualClock } from '../../../hosts/mock/clock';

/** Hears a sensor, and notes what it tells and when. */
export class Listener {
  readonly measurements: Measurement[] = [];
  readonly faults: SensorFault[] = [];
  /** `monotonic` ms of each measurement */
  readonly times: number[] = [];
  readonly #clock: VirtualClock;

  constructor(clock: VirtualClock, sensor: Sensor) {
    this.#clock = clock;
    sensor.start({
      onWindow: () => {
        throw new Error('expected measurements, got a window');
      },
      onCapture: () => {
        throw new Error('expected measurements, got a capture');
      },
      onMeasurement: measurement => {
        this.measurements.push(measurement);
        this.times.push(this.#clock.monotonic());
      },
      onFault: fault => void this.faults.push(fault),
    });
  }

  /** Of the last measurement. @throws Error when there is none, or no such phase */
  phase(index = 0): PhaseMeasurement {
    const phase = this.measurements.at(-1)?.phases[index];
    if (phase === undefined) throw new Error(`expected phase ${index} of a measurement`);
    return phase;
  }

  /** W·s of all measurements */
  get energy(): number {
    return this.measurements.reduce((sum, { phases, duration }) => {
      const power = phases.reduce((watts, phase) => watts + phase.activePower, 0);
      return sum + (power * duration) / 1e6;
    }, 0);
  }

  /** s that all measurements stand for */
  get seconds(): number {
    return this.measurements.reduce((sum, { duration }) => sum + duration / 1e6, 0);
  }
}
