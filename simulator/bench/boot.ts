import type { Flash, FlashRegion } from '../../firmware/host';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import { benchMeter, expectSupplied, LOAD } from './bench-meter';
import { CountingRegion } from './counting-region';
import { blankRegion, fullFlash } from './full-flash';
import type { BenchRow, Effort } from './row';
import { median, timed } from './timing';

/** From power-up to a closed relay, when ledger and log have been through all of their sectors and the last is full. */
export function benchBoot({ runs, logSize }: Effort): BenchRow[] {
  const full = fullFlash(logSize);
  let reads = 0;
  const times = Array.from({ length: runs }, () => {
    const ledger = new CountingRegion(copyOf(full.ledger));
    const log = new CountingRegion(copyOf(full.log));
    const time = timed(() => boot({ ledger, log }));
    reads = ledger.reads + log.reads;
    return time;
  });
  return [
    { name: 'boot from a full journal and log', value: median(times), unit: 'ms' },
    { name: 'flash reads at that boot', value: reads, unit: 'reads' },
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
