import type { Clock } from '../../firmware/host';
import { lineView } from '../live-views';
import type { SimulatedMeter } from '../simulated-meter';
import type { MeterHistory } from './page-source';
import { DAYS, RECENT, SampleTail } from './sample-tail';

const WATTS_PER_MILLIWATT_HOUR_A_SECOND = 3.6;

/** Writes down what one meter measures: of the last minutes as it is, of the last days as means from its registers. */
export class MeterRecorder implements MeterHistory {
  readonly recent = new SampleTail(RECENT.length);
  readonly days = new SampleTail(DAYS.length);
  readonly #meter: SimulatedMeter;
  /** mWh, as the registers were when the last sample of the days was taken */
  #imported: number;
  #exported: number;

  constructor(meter: SimulatedMeter) {
    this.#meter = meter;
    this.#imported = meter.meter?.registers?.imported ?? 0;
    this.#exported = meter.meter?.registers?.exported ?? 0;
  }

  addRecent(time: number): void {
    const { isPlugged } = this.#meter;
    const { activePower } = lineView(this.#meter);
    const powers = [Math.max(0, activePower), Math.max(0, -activePower)] as const;
    this.recent.add(isPlugged ? [time, ...powers, ...this.#state()] : [time, null, null, null, null]);
  }

  addToDays(time: number): void {
    // of a meter without power nothing is known, and nothing flows
    const { imported = this.#imported, exported = this.#exported } = this.#meter.meter?.registers ?? {};
    const watts = (energy: number) => (energy * WATTS_PER_MILLIWATT_HOUR_A_SECOND) / DAYS.step;
    const powers = [watts(imported - this.#imported), watts(exported - this.#exported)] as const;
    this.days.add([time, ...powers, ...this.#state()]);
    this.#imported = imported;
    this.#exported = exported;
  }

  #state(): readonly [voltage: number | null, balance: number | null] {
    const { meter, isPlugged } = this.#meter;
    return [isPlugged ? lineView(this.#meter).voltage : null, meter?.balance ?? null];
  }
}

/** Keeps the recorders of all meters going, by simulated time, until it is stopped. */
export function record(clock: Clock, recorders: Iterable<MeterRecorder>, time: () => number): () => void {
  let isOn = true;
  let ticks = 0;
  const tick = () => {
    if (!isOn) return;
    clock.after(RECENT.step * 1000, tick);
    const now = time();
    const isDue = ++ticks % (DAYS.step / RECENT.step) === 0;
    for (const recorder of recorders) {
      recorder.addRecent(now);
      if (isDue) recorder.addToDays(now);
    }
  };
  clock.after(0, tick);
  return () => {
    isOn = false;
  };
}
