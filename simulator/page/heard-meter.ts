import type { Reading } from '../../firmware/attest/signed-types';
import { decodeTelemetry, type Telemetry } from '../../firmware/attest/telemetry';
import type { MeterHistory } from './page-source';
import type { LineView } from './page-state';
import { DAYS, RECENT, SampleTail } from './sample-tail';

/** What a meter says besides readings and events: it is not signed. */
export const HEARD_STREAMS = ['telemetry', 'online', 'history'] as const;
export type HeardStream = (typeof HEARD_STREAMS)[number];

/** Samples of the last half hour: a meter tells what it measures each 10 s at most. */
const MOST_RECENT = 180;
/** s from one sample of the days to the next, so that a reading which came a little early counts */
const LEAST_STEP = DAYS.step - 60;
const WATTS_PER_MILLIWATT_HOUR_A_SECOND = 3.6;
const ONLINE: Readonly<Record<string, boolean>> = { true: true, false: false };

/** What is heard of one meter over its topics, and written down: at most 70 KB, whatever is said there. */
export class HeardMeter implements MeterHistory {
  readonly recent = new SampleTail(MOST_RECENT);
  readonly days = new SampleTail(DAYS.length);
  #isOnline = false;
  #telemetry: Telemetry | undefined;
  /** V, as heard last, of whichever time */
  #voltage: number | undefined;
  /** As of the last sample of the days, or the first that was known. */
  #base: Reading | undefined;
  /** mWh, by the newest reading */
  #balance: number | null = null;

  get isOnline(): boolean {
    return this.#isOnline;
  }

  /** Undefined while it is offline: what it said last is of then. */
  get telemetry(): Telemetry | undefined {
    return this.#isOnline ? this.#telemetry : undefined;
  }

  /**
   * Takes what came on one of the topics; false when it is nothing that a meter says.
   * @param isRetained the broker has kept it, and it is of before
   * @param now Unix seconds
   */
  take(stream: HeardStream, payload: Uint8Array, isRetained: boolean, now: number): boolean {
    if (stream === 'online') return this.#takeOnline(Buffer.from(payload).toString('latin1'));
    const decoded = decodeTelemetry(payload);
    if (!decoded.ok) return false;
    const telemetry = decoded.value;
    this.#voltage = lineOf(telemetry).voltage;
    if (stream === 'history') return true;
    this.#telemetry = telemetry;
    if (!isRetained) this.#isOnline = true;
    this.#addRecent(lineOf(telemetry), isRetained ? Math.min(telemetry.timestamp, now) : now);
    return true;
  }

  /** From now on it is offline, until it is heard again. */
  lose(): void {
    this.#isOnline = false;
  }

  /** Takes the newest reading that is right; one that is known changes nothing. */
  takeReading(reading: Reading): void {
    const base = this.#base;
    this.#balance = reading.credited - reading.withdrawn + reading.feedIn - reading.debited;
    const seconds = reading.timestamp - (base?.timestamp ?? 0);
    // where the time was not known, nor is how long it took; another device has other registers
    const isOther =
      base !== undefined && (reading.imported < base.imported || reading.exported < base.exported);
    if (base === undefined || base.timestamp === 0 || seconds < 0 || isOther) this.#base = reading;
    else if (seconds >= LEAST_STEP) {
      const watts = (energy: number) => (energy * WATTS_PER_MILLIWATT_HOUR_A_SECOND) / seconds;
      const [imported, exported] = [reading.imported - base.imported, reading.exported - base.exported];
      if (this.#voltage !== undefined)
        this.days.add([reading.timestamp, watts(imported), watts(exported), this.#voltage, this.#balance]);
      this.#base = reading;
    }
  }

  #takeOnline(text: string): boolean {
    const isOnline = Object.hasOwn(ONLINE, text) ? ONLINE[text] : undefined;
    if (isOnline !== undefined) this.#isOnline = isOnline;
    return isOnline !== undefined;
  }

  #addRecent({ activePower, voltage }: LineView, time: number): void {
    if (time - this.recent.last < RECENT.step) return;
    this.recent.add([time, Math.max(0, activePower), Math.max(0, -activePower), voltage, this.#balance]);
  }
}

/** Of one phase as it is; of more, the mean of the voltages and the sum of the rest. */
export function lineOf({ phases, frequency }: Telemetry): LineView {
  const sum = (value: (phase: Telemetry['phases'][number]) => number) =>
    phases.reduce((total, phase) => total + value(phase), 0);
  const activePower = sum(phase => phase.activePower);
  const apparentPower = sum(phase => phase.voltage * phase.current);
  return {
    voltage: sum(phase => phase.voltage) / phases.length,
    current: sum(phase => phase.current),
    activePower,
    powerFactor: apparentPower === 0 ? 1 : Math.max(-1, Math.min(1, activePower / apparentPower)),
    frequency,
  };
}
