import test from 'ava';
import { kilowattHours, milliwattHours } from '../../../firmware/energy';
import { buildImage } from '../../../hosts/xs/image';
import type { XsImage } from '../../../hosts/xs/xs-meter';
import { linkOffer, MINUTE } from '../../support/meter-rig';
import { EngineRig } from './rig';

/** Bytes by which the heap may grow beyond engine and code: in a steady session, and ever. */
const STEADY = 48 * 1024;
const WORST_CASE = 80 * 1024;
/**
 * From here to reading 65,536 messages are as long as they get: mqtt-packet keeps the encoded form, 140 bytes of heap,
 * of each packet length that it has ever sent.
 */
const SETTLED = 300;
const READINGS = 800;

let image: XsImage;
test.before(async () => {
  image = await buildImage();
});

test('a heap that cannot grow as far as a session needs ends the engine, which says why', async t => {
  const rig = new EngineRig({ image, budget: 20 * 1024 });
  t.teardown(() => rig.cutPower());
  const error = await t.throwsAsync(rig.bootLinked());
  t.regex(error?.message ?? '', /memory full/);
});

test('what the script throws is told, and the machine goes on', async t => {
  const rig = new EngineRig({ image });
  t.teardown(() => rig.cutPower());
  await rig.boot();
  const bad = { ...linkOffer(), registry: new Uint8Array(19) };
  t.throws(() => rig.meter.link(bad), { message: /RangeError/ });
  t.false(rig.meter.isOnline);
  t.true(rig.meter.link(linkOffer()).ok);
});

test('a steady session takes 48 KiB of the heap at most', async t => {
  const rig = new EngineRig({ image, budget: WORST_CASE });
  t.teardown(() => rig.cutPower());
  await rig.bootLinked();
  rig.xs.collect();
  for (let k = 0; k < 180; k++) {
    rig.draw(1000);
    await rig.pass(1000);
  }
  const peak = rig.xs.heap().peak - rig.xs.baseline.used;
  t.true(peak <= STEADY, `${peak} bytes`);
  t.true(rig.meter.isOnline);
});

test(`the heap after ${READINGS} readings, each acknowledged, is that after ${SETTLED}`, async t => {
  const rig = new EngineRig({ image, budget: WORST_CASE }, { readingInterval: 60, telemetryInterval: 3600 });
  t.teardown(() => rig.cutPower());
  await rig.bootLinked();
  await rig.instruct('credit', { credited: kilowattHours(1000), withdrawn: milliwattHours(0) });
  const makeReadings = async (count: number) => {
    while (rig.meter.lastReading < count) {
      rig.draw(1000);
      await rig.pass(MINUTE);
      await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
    }
  };
  // A ping under way, or not, makes a difference of its own: the most at a few readings in a row.
  const heapAfter = async (count: number) => {
    let heap = 0;
    for (let k = 9; k >= 0; k--) {
      await makeReadings(count - k);
      heap = Math.max(heap, rig.xs.collect().used);
    }
    return heap;
  };
  const early = await heapAfter(SETTLED);
  t.is(await heapAfter(READINGS), early);
});
