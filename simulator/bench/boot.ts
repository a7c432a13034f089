import { entryDigester } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { encodeTelemetry } from '../../firmware/attest/telemetry';
import type { Flash, FlashRegion } from '../../firmware/host';
import { EntryLog } from '../../firmware/link/log';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { benchMeter, commission, DOMAIN, expectSuccess, expectSupplied, LOAD, M3TER_ID } from './bench-meter';
import { CountingRegion } from './counting-region';
import type { BenchRow, Effort } from './row';
import { median, timed } from './timing';

const LEDGER_SIZE = 64 * 1024;

/** From power-up to a closed relay, when ledger and log have been through all of their sectors and the last is full. */
export function benchBoot({ runs, logSize }: Effort): BenchRow[] {
  const full = { ledger: blank(LEDGER_SIZE), log: blank(logSize) };
  fill(full);
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
  const { meter } = benchMeter(flash);
  meter.start();
  expectSupplied(meter);
}

/**
 * As after years of readings, each with its save of the ledger, up to the reading that just fits. Their signatures
 * are no signatures: nobody looks at them when a meter boots.
 */
function fill(flash: { readonly ledger: EmulatedFlash; readonly log: EmulatedFlash }): void {
  const ledger = commission(flash);
  const log = expectSuccess('log', EntryLog.open(flash.log, entryDigester(DOMAIN, M3TER_ID)));
  const signature = new Uint8Array(65).fill(27);
  const append = () => {
    const sequence = log.head('reading').sequence + 1;
    const telemetry = encodeTelemetry(sequence, 0, LOAD);
    const content = { timestamp: 0, registers: ledger.registers, status: 0, telemetry };
    log.append('reading', sequence, readingCodec.encodeBody(content, signature));
    ledger.save();
    ledger.update({ readings: log.head('reading') });
  };
  const erases = () => flash.log.erases.reduce((sum, count) => sum + count, 0);
  const appendUntilErase = () => {
    let count = 0;
    for (const before = erases(); erases() === before; count++) append();
    return count;
  };
  while (Math.min(...flash.log.erases) < 1) append();
  const perSector = appendUntilErase();
  for (let count = 1; count < perSector; count++) append();
}

function blank(size: number): EmulatedFlash {
  return new EmulatedFlash({ size, prng: new Prng('boot') });
}

function copyOf(region: FlashRegion): EmulatedFlash {
  const copy = blank(region.size);
  copy.write(0, region.read(0, region.size));
  return copy;
}
