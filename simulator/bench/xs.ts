import { entryDigester } from '../../firmware/attest/entry';
import { readingCodec } from '../../firmware/attest/reading';
import { encodeTelemetry } from '../../firmware/attest/telemetry';
import { milliwattHours } from '../../firmware/energy';
import type { Flash } from '../../firmware/host';
import { EntryLog } from '../../firmware/link/log';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { MemoryNetwork } from '../../hosts/mock/network';
import { Prng } from '../../hosts/mock/prng';
import { linkBoard } from '../../hosts/moddable/board-build';
import { buildImage } from '../../hosts/xs/image';
import type { XsImage } from '../../hosts/xs/xs-meter';
import { Broker } from '../broker/broker';
import { signDirective } from '../directive';
import { CREDITED, commission, DOMAIN, expectSuccess, LOAD, M3TER_ID, OPERATOR } from './bench-meter';
import { romRows } from './rom';
import type { BenchRow, Budget, Effort } from './row';
import { benchXsInstructions } from './xs-instructions';
import { XsRun } from './xs-run';

const KIB = 1024;
/** Beside the firmware a board has Wi-Fi and TLS to keep in its 150 to 200 KiB. */
const STEADY: Budget = { atMost: 48 };
const WORST: Budget = { atMost: 80 };
const LEDGER_SIZE = 64 * KIB;
/** s */
const READING_INTERVAL = 900;

/** The firmware on XS: what it takes of the heap, and of a 32-bit processor's time. */
export async function benchXs(effort: Effort): Promise<BenchRow[]> {
  return [...(await benchHeap(effort)), ...(await benchRom()), ...(await benchXsInstructions(effort))];
}

/** No rows where there is no SDK. */
async function benchRom(): Promise<BenchRow[]> {
  return process.env.MODDABLE ? romRows(await linkBoard('esp32-devkit')) : [];
}

/**
 * What the firmware takes of the heap on XS, with 32-bit pointers as on the board. The engine grows its heap only when
 * collecting garbage does not help, so that the peak is what was needed. The baseline is in flash on the board.
 */
async function benchHeap({ logSize }: Effort): Promise<BenchRow[]> {
  const image = await buildImage();
  const { baseline, idle } = await benchIdle(image, logSize);
  const { live, steady, busy } = await benchSession(image, logSize);
  const outbox = await benchFullOutbox(image, logSize);
  const row = (name: string, bytes: number, budget?: Budget): BenchRow => ({
    name: `XS heap, ${name}`,
    value: bytes / KIB,
    unit: 'KiB',
    ...(budget !== undefined && { budget }),
  });
  return [
    row('engine and code', baseline),
    row('idle, beyond that', idle),
    row('live in a session', live),
    row('peak in a session', steady, STEADY),
    row('peak at readings and directives', busy, WORST),
    row('peak at a boot with a full outbox', outbox, WORST),
  ];
}

async function benchIdle(image: XsImage, logSize: number) {
  const run = new XsRun(image, blankFlash(logSize), new MemoryNetwork(() => {}));
  await run.pass(60);
  const { baseline, peak } = run;
  run.end();
  return { baseline, idle: peak };
}

async function benchSession(image: XsImage, logSize: number) {
  const broker = await Broker.open();
  const flash = blankFlash(logSize);
  commission(flash);
  const run = new XsRun(image, flash, broker.network());
  await run.pass(10);
  run.collect();
  await run.pass(60);
  const steady = run.peak;
  const live = run.collect();
  await run.pass(2 * READING_INTERVAL);
  await instruct(broker, run.lastReading);
  await run.pass(READING_INTERVAL);
  const { peak } = run;
  run.end();
  await broker.close();
  return { live, steady, busy: peak };
}

/** From power-up on, with a log full of readings that nobody has acknowledged. */
async function benchFullOutbox(image: XsImage, logSize: number): Promise<number> {
  const broker = await Broker.open();
  const flash = blankFlash(logSize);
  commission(flash);
  fillLog(flash.log);
  const run = new XsRun(image, flash, broker.network());
  await run.pass(60);
  const { peak } = run;
  run.end();
  await broker.close();
  return peak;
}

function blankFlash(logSize: number) {
  const region = (size: number) => new EmulatedFlash({ size, prng: new Prng('xs') });
  return { ledger: region(LEDGER_SIZE), log: region(logSize) } satisfies Flash;
}

async function instruct(broker: Broker, sequence: number): Promise<void> {
  const client = broker.client('bench');
  const credit = { m3terId: M3TER_ID, credited: CREDITED + 1, withdrawn: 0 };
  for (const { topic, payload } of [
    signDirective(DOMAIN, OPERATOR, 'credit', credit),
    signDirective(DOMAIN, OPERATOR, 'acknowledged', { m3terId: M3TER_ID, sequence }),
  ])
    await client.publishAsync(topic, Buffer.from(payload), { qos: 1, retain: true });
  await client.endAsync();
}

/** Readings with no energy in them, and with signatures that are none, until the log has dropped the first. */
function fillLog(region: EmulatedFlash): void {
  const log = expectSuccess('log', EntryLog.open(region, entryDigester(DOMAIN, M3TER_ID)));
  const none = milliwattHours(0);
  const registers = {
    imported: none,
    exported: none,
    debited: none,
    credited: none,
    withdrawn: none,
    feedIn: none,
  };
  const signature = new Uint8Array(65).fill(27);
  for (let sequence = 1; region.erases.includes(0); sequence++) {
    const content = { timestamp: 0, registers, status: 0, telemetry: encodeTelemetry(sequence, 0, LOAD) };
    log.append('reading', sequence, readingCodec.encodeBody(content, signature));
  }
}
