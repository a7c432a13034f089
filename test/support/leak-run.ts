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
  readonly afterHundredth: number;
  readonly afterLast: number;
  /** Readings that the broker has, that verify, and that the meter knows to be acknowledged. */
  readonly acknowledged: number;
}

/**
 * A meter on XS, within `WORST_CASE`, makes so many readings, each published, and acknowledged as it comes.
 * @param onReading called with the number of each
 * @throws EngineEnded when the heap is full
 */
export async function runForLeaks(
  image: XsImage,
  readings: number,
  onReading: (sequence: number) => void = () => {},
): Promise<LeakReport> {
  const rig = new MeterRig({
    makeMeter: (host, options) => new XsMeter(image, host, options, WORST_CASE),
    readingInterval: READING_INTERVAL,
  });
  await rig.bootLinked();
  await rig.credit(kilowattHours(1_000_000));
  const heapAfter = async (sequence: number) => {
    let heap = 0;
    while (rig.meter.lastReading < sequence) {
      await makeReading(rig);
      onReading(rig.meter.lastReading);
      if (rig.meter.lastReading > sequence - LOOKS) heap = Math.max(heap, rig.xs.collect().used);
    }
    return heap - rig.xs.baseline.used;
  };
  const afterHundredth = await heapAfter(EARLY);
  const afterLast = await heapAfter(readings);
  const acknowledged = Math.min(rig.readings().length, rig.meter.acknowledged);
  rig.cutPower();
  return { afterHundredth, afterLast, acknowledged };
}

async function makeReading(rig: MeterRig): Promise<void> {
  rig.draw(1000, 1000);
  await rig.pass(READING_INTERVAL * 1000);
  await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
}
