import { kilowattHours } from '../../firmware/energy';
import { type XsImage, XsMeter } from '../../hosts/xs/xs-meter';
import { MeterRig } from './meter-rig';

/** Bytes by which the heap may grow beyond engine and code, whatever happens. */
export const WORST_CASE = 80 * 1024;

/** s */
const READING_INTERVAL = 10;
/** The first look at the heap is behind this reading. */
const EARLY = 100;
/** A log that goes on in a new sector, or a ping under way, makes a difference of its own: the most of so many readings. */
const LOOKS = 10;

/** Live heap on XS beyond the baseline, bytes. */
export interface LeakReport {
  /** Both undefined when it was ended before they could be told apart */
  readonly afterHundredth: number | undefined;
  readonly afterLast: number | undefined;
  /** Readings that the broker has, that verify, and that the meter knows to be acknowledged. */
  readonly acknowledged: number;
}

/**
 * A meter on XS, within `WORST_CASE`, makes so many readings, each published, and acknowledged as it comes.
 * @param onReading called with the number of each
 * @param signal ends it early, ten readings later: so many it takes to tell the heap
 * @throws EngineEnded when the heap is full
 */
export async function runForLeaks(
  image: XsImage,
  readings: number,
  onReading: (sequence: number) => void = () => {},
  signal?: AbortSignal,
): Promise<LeakReport> {
  const rig = new MeterRig({
    makeMeter: (host, options) => new XsMeter(image, host, options, WORST_CASE),
    readingInterval: READING_INTERVAL,
  });
  await rig.bootLinked();
  await rig.credit(kilowattHours(1_000_000));
  let end = readings;
  const heapAfter = async (sequence: number) => {
    let heap = 0;
    while (rig.meter.lastReading < Math.min(sequence, end)) {
      await makeReading(rig);
      const { lastReading } = rig.meter;
      onReading(lastReading);
      if (signal?.aborted) end = Math.min(end, lastReading + LOOKS);
      if (lastReading > Math.min(sequence, end) - LOOKS) heap = Math.max(heap, rig.xs.collect().used);
    }
    return heap - rig.xs.baseline.used;
  };
  const heaps = [await heapAfter(EARLY), await heapAfter(readings)];
  const [afterHundredth, afterLast] = end < EARLY + LOOKS ? [] : heaps;
  const acknowledged = Math.min(rig.readings().length, rig.meter.acknowledged);
  rig.cutPower();
  return { afterHundredth, afterLast, acknowledged };
}

async function makeReading(rig: MeterRig): Promise<void> {
  rig.draw(1000, 1000);
  await rig.pass(READING_INTERVAL * 1000);
  await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
}
