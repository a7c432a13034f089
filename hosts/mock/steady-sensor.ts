import type { Clock, Measurement, SensorHandlers, Timer } from '../../firmware/host';
import { ScriptedSensor } from './scripted-sensor';

/** ms */
const INTERVAL = 2000;

/**
 * A scripted sensor that meanwhile is not silent: by the clock it delivers, from its start on, the measurement that was
 * handed to it last once more, over no time, so that it counts no energy. Until there was one, nothing is drawn.
 */
export class SteadySensor extends ScriptedSensor {
  readonly #clock: Clock;
  #last: Measurement;
  #timer: Timer | undefined;

  constructor(clock: Clock, phases = 1) {
    super(phases);
    this.#clock = clock;
    this.#last = { phases: Array.from({ length: phases }, () => IDLE), frequency: 50, duration: 0 };
  }

  override start(handlers: SensorHandlers): void {
    super.start(handlers);
    this.#deliverAfter(0);
  }

  override stop(): void {
    super.stop();
    this.hush();
  }

  override measurement(measurement: Measurement): void {
    super.measurement(measurement);
    this.#last = { ...measurement, duration: 0 };
  }

  /** From now on, until the next start, it delivers only what it is handed. */
  hush(): void {
    this.#timer?.cancel();
  }

  #deliverAfter(milliseconds: number): void {
    this.#timer = this.#clock.after(milliseconds, () => {
      super.measurement(this.#last);
      if (this.started) this.#deliverAfter(INTERVAL);
    });
  }
}

const IDLE = {
  voltage: 230,
  current: 0,
  activePower: 0,
  reactivePower: 0,
  apparentPower: 0,
  powerFactor: 1,
};
