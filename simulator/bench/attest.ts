import { entryDigester, entryEnvelope } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { DirectiveDesk } from '../../firmware/directives/desk';
import { milliwattHours } from '../../firmware/energy';
import type { FlashRegion } from '../../firmware/host';
import { EntryLog } from '../../firmware/link/log';
import { align } from '../../firmware/link/log-format';
import { encode } from '../../firmware/link/packets';
import { meterTopic } from '../../firmware/link/topics';
import { VirtualClock } from '../../hosts/mock/clock';
import { emulatedFlash } from '../../hosts/mock/flash';
import { signDirective } from '../directive';
import {
  benchMeter,
  CREDITED,
  commission,
  DOMAIN,
  expectSuccess,
  LOAD,
  M3TER_ID,
  OPERATOR,
  REGISTRY,
} from './bench-meter';
import { CountingRegion } from './counting-region';
import type { BenchRow, Effort } from './row';
import { median, medianTime, timed } from './timing';

/** s */
const READING_INTERVAL = 900;

/** What signing and verifying cost in time, on @noble, and what a reading takes on flash and wire. */
export function benchAttest({ runs }: Effort): BenchRow[] {
  return [...benchReadings(runs), benchCredits(runs)];
}

function benchReadings(runs: number): BenchRow[] {
  const flash = emulatedFlash('readings');
  commission(flash);
  const log = new CountingRegion(flash.log);
  const { meter, sensor, clock } = benchMeter(
    { ledger: flash.ledger, log },
    { readingInterval: READING_INTERVAL },
  );
  // To the second before a reading is due. A sensor that is silent would be an event, and so another signature.
  const passInterval = () => {
    for (let second = 1; second < READING_INTERVAL; second++) {
      clock.advance(1000);
      sensor.measurement(LOAD);
    }
  };
  meter.start();
  passInterval();
  clock.advance(1000);
  const before = meter.lastReading;
  const times: number[] = [];
  const lengths: number[] = [];
  for (let run = 0; run < runs; run++) {
    passInterval();
    const written = log.bytesWritten;
    times.push(timed(() => clock.advance(1000)));
    lengths.push(log.bytesWritten - written);
  }
  expectCount('readings', meter.lastReading - before, runs);
  return [
    { name: 'reading made, signed and on flash', value: median(times), unit: 'ms' },
    { name: 'reading in the log', value: align(median(lengths)), unit: 'bytes of flash' },
    { name: 'reading as an MQTT message', value: messageLength(flash.log), unit: 'bytes' },
  ];
}

/** Of the last reading in a log, as the PUBLISH packet that it is sent in. */
function messageLength(region: FlashRegion): number {
  const log = expectSuccess('log', EntryLog.open(region, entryDigester(DOMAIN, M3TER_ID)));
  const last = [...log.entries('reading', log.head('reading').sequence)].at(-1);
  const place = last && { ...last, m3terId: M3TER_ID };
  const payload = place && entryEnvelope(readingCodec, DOMAIN.crypto, place, place.body);
  if (payload === undefined) throw new Error('log: expected a reading, got none');
  const topic = meterTopic(REGISTRY.chainId, M3TER_ID, 'reading');
  return encode({ cmd: 'publish', topic, payload, qos: 1, retain: false, messageId: 1 }, 5).length;
}

function benchCredits(runs: number): BenchRow {
  const ledger = commission(emulatedFlash('credits'));
  const link = { ...REGISTRY, m3terId: M3TER_ID };
  let applied = 0;
  const desk = new DirectiveDesk(new VirtualClock(), DOMAIN, ledger, link, {
    onApplied: () => {
      applied++;
    },
    onEvent: () => {},
    lastReading: () => 0,
  });
  const credits = Array.from({ length: runs }, (_, k) => {
    const message = { m3terId: M3TER_ID, credited: milliwattHours(CREDITED + k + 1), withdrawn: 0 };
    return signDirective(DOMAIN, OPERATOR, 'credit', message).payload;
  });
  const value = medianTime(runs, () => desk.receive('credit', credits[applied] as Uint8Array));
  expectCount('credits applied', applied, runs);
  return { name: 'credit verified and applied', value, unit: 'ms' };
}

/** What is timed must also work. @throws Error when it does not */
function expectCount(what: string, count: number, expected: number): void {
  if (count !== expected) throw new Error(`${what}: expected ${expected}, got ${count}`);
}
