import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { type MilliwattHours, wattHours } from '../../firmware/energy';
import { LINK_FILE } from '../../hosts/link-document';
import { Prng } from '../../hosts/mock/prng';
import type { MeterStatus } from '../../simulator/cli/meter-status';
import { linkDocument, makeLinkOffer } from '../../simulator/link-document';
import { Operator } from '../../simulator/operator';
import { crypto, key, REGISTRY } from '../support/messages';
import { startMosquitto } from '../support/mosquitto';

const KILLS = 50;
const M3TER = 7n;
const DOMAIN = { chainId: 100, registry: REGISTRY };
const LOAD = 20_000;
const SPEED = 20;
/** mWh: the larger of 10 Wh and what the load takes in 10 s */
const AT_RISK = Math.max(wattHours(10), (LOAD * 10 * 1000) / 3600);
const REGISTERS = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;

/** A meter process and what it last said of itself. */
class MeterProcess {
  first: MeterStatus | undefined;
  last: MeterStatus | undefined;
  readonly #child: ChildProcess;
  readonly #exit: Promise<void>;

  constructor(state: string, broker: string) {
    const options = ['--state', state, '--broker', broker, '--load', `${LOAD}`, '--speed', `${SPEED}`];
    this.#child = spawn(
      process.execPath,
      ['simulator/m3ter.js', 'meter', ...options, '--status', '0.05', '--json'],
      { stdio: ['ignore', 'pipe', 'ignore'] },
    );
    this.#exit = new Promise(resolve => this.#child.once('exit', () => resolve()));
    createInterface({ input: this.#child.stdout as NodeJS.ReadableStream }).on('line', line => {
      this.last = JSON.parse(line) as MeterStatus;
      this.first ??= this.last;
    });
  }

  async until(what: string, condition: () => boolean): Promise<void> {
    for (let waited = 0; !condition(); waited += 20) {
      if (waited > 30_000) throw new Error(`waited 30 s for ${what}, got ${JSON.stringify(this.last)}`);
      await sleep(20);
    }
  }

  async kill(): Promise<void> {
    this.#child.kill('SIGKILL');
    await this.#exit;
  }
}

/** Every credit has arrived, and every reading was acknowledged. */
function isEven(status: MeterStatus | undefined, credited: MilliwattHours): boolean {
  return status?.credited === credited && status.readings.made === status.readings.acknowledged;
}

test(`a meter killed ${KILLS} times under load loses no credit and no more energy than it may, and never forks`, async t => {
  t.timeout(400_000);
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.log(`seed ${seed}`);
  const random = new Prng(seed);
  const state = mkdtempSync(join(tmpdir(), 'm3ter-kill-'));
  const broker = await startMosquitto();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  const client = await connectAsync(url);
  t.teardown(async () => {
    await client.endAsync(true);
    await broker.stop();
    rmSync(state, { recursive: true });
  });
  const [owner, seller] = [key(1), key(2)];
  const operator = new Operator(crypto, seller, DOMAIN, client);
  await operator.open(M3TER);
  const offer = makeLinkOffer(crypto, owner, { ...DOMAIN, m3terId: M3TER, operator: seller.address });
  writeFileSync(join(state, LINK_FILE), linkDocument(crypto, offer));
  operator.sell(M3TER, wattHours(500));

  let before: MeterStatus | undefined;
  let worst = 0;
  for (let run = 0; run <= KILLS; run++) {
    const published = operator.account(M3TER).readings.at(-1)?.reading;
    const meter = new MeterProcess(state, url);
    t.teardown(() => meter.kill());
    if (random.uniform() < 0.5) operator.sell(M3TER, wattHours(100 + Math.floor(500 * random.uniform())));
    // of every two one is killed while it works, however long the machine takes to start it
    if (run % 2 === 1) await meter.until('its first words', () => meter.first !== undefined);
    if (run < KILLS) await sleep(run % 2 === 1 ? 1500 * random.uniform() : 2500 * random.uniform());
    else await meter.until('all that is owed', () => isEven(meter.last, operator.account(M3TER).credited));
    await meter.kill();
    const restored = meter.first;
    if (restored === undefined) continue; // killed while it started
    for (const register of REGISTERS) {
      const floor = Math.max(
        published?.[register] ?? 0,
        register === 'credited' ? (before?.credited ?? 0) : 0,
      );
      t.true(
        (restored[register] ?? -1) >= floor,
        `run ${run}: ${register} went back to ${restored[register]}`,
      );
    }
    const missing = (before?.imported ?? 0) - (restored.imported ?? 0);
    worst = Math.max(worst, missing);
    t.true(missing <= AT_RISK, `run ${run}: ${missing} mWh are missing`);
    before = meter.last;
  }
  const { readings, credited } = operator.account(M3TER);
  t.log(`${readings.length} readings, ${before?.imported} mWh metered, at most ${worst} mWh lost at once`);
  t.deepEqual(
    readings.flatMap(({ problems }) => problems),
    [],
  );
  t.true(readings.length > KILLS / 2);
  t.is(before?.credited, credited as MilliwattHours);
  t.true((before?.imported ?? 0) > AT_RISK * 2, 'the load was drawn');
});
