import type { Flash, FlashRegion } from '../../firmware/host';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import { benchMeter, expectSupplied, LOAD } from './bench-meter';
import { CountingRegion } from './counting-region';
import { blankRegion, fullFlash } from './full-flash';
import type { BenchRow, Effort } from './row';
import { median, timed } from './timing';

/** ms: milliseconds of darkness are not seen. */
const BUDGET = { atMost: 5 };
/** Whatever stands in the 16 sectors, opening the journal reads no more often than 7 times for each, and once. */
const READS = { atMost: 113 };

/**
 * From power-up to a closed relay, when ledger and log have been through all of their sectors and the last is full, and the
 * ledger holds a record of each kind.
 */
export function benchBoot({ runs, logSize }: Effort): BenchRow[] {
  const full = fullFlash(logSize);
  let ledger = new CountingRegion(full.ledger);
  let log = new CountingRegion(full.log);
  const times = Array.from({ length: runs }, () => {
    ledger = new CountingRegion(copyOf(full.ledger));
    log = new CountingRegion(copyOf(full.log));
    return timed(() => boot({ ledger, log }));
  });
  return [
    { name: 'boot from a full journal and log', value: median(times), unit: 'ms', budget: BUDGET },
    { name: 'flash reads at that boot', value: ledger.reads + log.reads, unit: 'reads', budget: READS },
    { name: 'flash read at that boot', value: (ledger.bytesRead + log.bytesRead) / 1000, unit: 'KB' },
  ];
}

function boot(flash: Flash): void {
  const { meter, sensor } = benchMeter(flash);
  meter.start();
  sensor.measurement(LOAD);
  expectSupplied(meter);
}

function copyOf(region: FlashRegion): EmulatedFlash {
  const copy = blankRegion(region.size);
  copy.write(0, region.read(0, region.size));
  return copy;
}
