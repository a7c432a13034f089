import test, { type ExecutionContext } from 'ava';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { buildImage } from '../../../hosts/xs/image';
import { ConsoleModel } from '../../support/console-model';
import { readConfiguration, readState } from '../../support/home-assistant-schema';
import { runForLeaks, WORST_CASE } from '../../support/leak-run';
import { linkOffer, MeterRig, type MeterRigOptions, OWNER } from '../../support/meter-rig';
import { onXs } from '../../support/meter-test';
import { bytes, text } from '../../support/session';

/** Bytes by which the heap may grow beyond engine and code in a steady session. */
const STEADY = 48 * 1024;
/** The same of a meter that speaks to a M3tering Console, too. */
const WITH_PAYLOADS = 56 * 1024;
/** The same of one that shows itself to Home Assistant. */
const WITH_DISCOVERY = 60 * 1024;
const ANSWERS = 'm3ter/100/7/answer';

function rigOf(t: ExecutionContext, budget: number | undefined, options: MeterRigOptions = {}): MeterRig {
  const rig = new MeterRig({ ...options, makeMeter: onXs(budget) });
  t.teardown(() => rig.cutPower());
  return rig;
}

test.serial('a heap that cannot grow as far as a session needs ends the engine, which says why', async t => {
  const rig = rigOf(t, 20 * 1024);
  const error = await t.throwsAsync(rig.bootLinked());
  t.regex(error?.message ?? '', /memory full/);
});

test.serial('what the script throws is told, and the machine goes on', async t => {
  const rig = rigOf(t, undefined);
  await rig.boot();
  const bad = { ...linkOffer(), registry: new Uint8Array(19) };
  t.throws(() => rig.meter.link(bad), { message: /RangeError/ });
  t.false(rig.meter.isOnline);
  t.true(rig.meter.link(linkOffer()).ok);
});

test.serial('a steady session takes 48 KiB of the heap at most', async t => {
  const rig = rigOf(t, WORST_CASE);
  await rig.bootLinked();
  rig.xs.collect();
  for (let k = 0; k < 180; k++) {
    rig.draw(1000, 1000);
    await rig.pass(1000);
  }
  const peak = rig.xs.heap().peak - rig.xs.baseline.used;
  t.log(`${peak} bytes`);
  t.true(peak <= STEADY, `${peak} bytes`);
  t.true(rig.meter.isOnline);
});

test.serial('with payloads for a Console, signed in between, it takes 56 KiB', async t => {
  const rig = rigOf(t, WORST_CASE);
  await rig.bootLinked();
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, payloadInterval: 60 }, OWNER);
  const console = new ConsoleModel();
  let heard = 0;
  rig.xs.collect();
  for (let k = 0; k < 70; k++) {
    rig.draw(1000, 1000);
    await rig.pass(1000);
    for (const payload of rig.payloads('payload').slice(heard)) {
      heard++;
      const answer = console.receive(payload);
      if (answer !== undefined) rig.peers.at(-1)?.publish(ANSWERS, answer, 1);
    }
  }
  const peak = rig.xs.heap().peak - rig.xs.baseline.used;
  t.log(`${peak} bytes`);
  t.true(peak <= WITH_PAYLOADS, `${peak} bytes`);
  t.is(console.last, 2);
});

test.serial('shown to Home Assistant, which comes back every minute, it takes 60 KiB', async t => {
  const rig = rigOf(t, WORST_CASE);
  await rig.bootLinked();
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, homeAssistant: 1 }, OWNER);
  rig.xs.collect();
  for (let k = 0; k < 180; k++) {
    rig.draw(1000, 1000);
    await rig.pass(1000);
    rig.peers.at(-1)?.publish('homeassistant/status', bytes('online'), 0);
  }
  const peak = rig.xs.heap().peak - rig.xs.baseline.used;
  t.log(`${peak} bytes`);
  t.true(peak <= WITH_DISCOVERY, `${peak} bytes`);
  const configurations = rig.payloads('config');
  t.true(configurations.length >= 3);
  for (const payload of configurations) readConfiguration(text(payload));
  for (const payload of rig.payloads('home')) readState(text(payload));
  t.true(rig.meter.isOnline);
});

test.serial('the heap after 300 readings, each acknowledged, is that after 100', async t => {
  const { afterHundredth, afterLast, acknowledged } = await runForLeaks(await buildImage(), 300);
  t.is(afterLast, afterHundredth);
  t.true(acknowledged >= 300);
});
