import type { Clock, Measurement, Sensor, SensorHandlers, Timer } from '../../firmware/host';
import type { Fate } from './weather';

/** ms from one measurement to the next */
export const MEASURING_INTERVAL = 2000;
/** ms that one load lasts, on average */
const LOAD_DURATION = 600_000;
/** W; below 0 the roof feeds the grid. Of 7 kW, 10 s take more than 10 Wh. */
const LOADS = [0, 40, 120, 300, 300, 800, 2200, 7000, -600, -2500] as const;
export const LARGEST_LOAD = 7000;

export interface HouseholdOptions {
  readonly clock: Clock;
  readonly fate: Fate;
  /** Whether the relay is closed: without it nothing flows. */
  readonly isConnected: () => boolean;
  /** Told of each measurement before the meter gets it. @param watts whole @param milliseconds that it covers */
  readonly onMeasured: (watts: number, milliseconds: number) => void;
}

/** A house whose loads come and go, and the metering chip in front of it. */
export class Household implements Sensor {
  readonly phases = 1;
  readonly #options: HouseholdOptions;
  readonly #measurements = new Map<number, Measurement>();
  #load = 0;
  #timer: Timer | undefined;

  constructor(options: HouseholdOptions) {
    this.#options = options;
    this.#changeLoad();
  }

  start(handlers: SensorHandlers): void {
    this.#timer = this.#options.clock.after(MEASURING_INTERVAL, () => {
      this.start(handlers);
      const watts = this.#options.isConnected() ? this.#load : 0;
      this.#options.onMeasured(watts, MEASURING_INTERVAL);
      handlers.onMeasurement(this.#measured(watts));
    });
  }

  stop(): void {
    this.#timer?.cancel();
  }

  #changeLoad(): void {
    const { clock, fate } = this.#options;
    this.#load = fate.one(LOADS);
    clock.after(fate.wait(LOAD_DURATION), () => this.#changeLoad());
  }

  #measured(watts: number): Measurement {
    const known = this.#measurements.get(watts) ?? measured(watts);
    this.#measurements.set(watts, known);
    return known;
  }
}

/** What one phase at 230 V takes. */
function measured(watts: number): Measurement {
  const apparentPower = Math.abs(watts);
  const current = apparentPower / 230;
  const powerFactor = watts < 0 ? -1 : 1;
  const phase = { voltage: 230, current, activePower: watts, reactivePower: 0, apparentPower, powerFactor };
  return { phases: [phase], frequency: 50, duration: MEASURING_INTERVAL * 1000 };
}
