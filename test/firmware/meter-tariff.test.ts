import test from 'ava';
import { readStatus } from '../../firmware/attest/status';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import {
  detailNumberOf,
  type MeterRig,
  MINUTE,
  OPERATOR,
  OWNER,
  QUARTER,
  STRANGER,
} from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';

/** QUARTER is a Friday, 8:00 UTC. */
const EIGHT = 480;
const FRIDAY = 1 << 4;
const DOUBLE = { fromMinute: EIGHT + 1, toMinute: EIGHT + 2, days: FRIDAY, factor: 2000 };
const TARIFF = { version: 1, validFrom: 0, feedInFactor: 500, bands: [DOUBLE] };

/** What so many Wh add to what is debited and earned, in Wh. */
function weigh(rig: MeterRig, wattHoursDrawn: number): [debited: number, feedIn: number] {
  const stand = () => ({ debited: 0, feedIn: 0, ...rig.meter.registers });
  const before = stand();
  rig.draw(wattHoursDrawn * 3600, 1000);
  const after = stand();
  return [(after.debited - before.debited) / 1000, (after.feedIn - before.feedIn) / 1000];
}

/** Goes on until so many ms after the first start. */
function passUntil(rig: MeterRig, milliseconds: number): Promise<void> {
  return rig.pass(milliseconds - rig.clock.monotonic());
}

meterTest(
  'energy weighs by the tariff from the millisecond on at which a band begins until the one at which it ends',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    t.deepEqual(weigh(rig, -1), [0, 0], 'without a tariff nothing is earned');
    await rig.instruct('tariff', TARIFF);
    t.deepEqual(rig.eventsOf('tariffChanged').map(detailNumberOf), [1]);
    t.deepEqual(weigh(rig, -1), [0, 0.5]);
    await passUntil(rig, MINUTE - 1);
    t.deepEqual(weigh(rig, 1), [1, 0]);
    await passUntil(rig, MINUTE);
    t.deepEqual(weigh(rig, 1), [2, 0]);
    rig.cutPower();
    await rig.boot();
    t.deepEqual(weigh(rig, 1), [2, 0], 'after a restart as well');
    await passUntil(rig, 2 * MINUTE - 1);
    t.deepEqual(weigh(rig, 1), [2, 0]);
    await passUntil(rig, 2 * MINUTE);
    t.deepEqual(weigh(rig, 1), [1, 0]);
  },
);

test('local time decides, and follows the policy at once', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  const nextDay = { fromMinute: 0, toMinute: 60, days: FRIDAY << 1, factor: 3000 };
  await rig.instruct('tariff', { ...TARIFF, bands: [nextDay] });
  t.deepEqual(weigh(rig, 1), [1, 0]);
  await rig.instruct('policy', { ...INITIAL_POLICY, version: 1, utcOffset: 720 + 14 * 60 }, OWNER);
  await passUntil(rig, 2 * 60 * MINUTE - 1);
  t.deepEqual(weigh(rig, 1), [1, 0]);
  await passUntil(rig, 2 * 60 * MINUTE);
  t.deepEqual(weigh(rig, 1), [3, 0], 'east of the date line it is Saturday');
});

test('a tariff of the future waits on flash for its second, in place of any that waited before', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  const always = (factor: number) => [{ fromMinute: 0, toMinute: 1440, days: 127, factor }];
  await rig.instruct('tariff', { ...TARIFF, bands: always(500) });
  await rig.instruct('tariff', { ...TARIFF, version: 2, validFrom: QUARTER + 30, bands: always(4000) });
  await rig.instruct('tariff', { ...TARIFF, version: 3, validFrom: QUARTER + 90, bands: always(5000) });
  t.deepEqual(weigh(rig, 1), [0.5, 0]);
  rig.cutPower();
  await rig.boot();
  await passUntil(rig, 90_000 - 1);
  t.deepEqual(weigh(rig, 1), [0.5, 0]);
  await passUntil(rig, 90_000);
  t.deepEqual(weigh(rig, 1), [5, 0]);
  t.deepEqual(rig.eventsOf('tariffChanged').map(detailNumberOf), [1, 2, 3]);
});

test('while the time is unknown the dearest band counts, and the readings say so until it is known', async t => {
  const rig = inNode({ time: null });
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  await rig.instruct('tariff', TARIFF);
  t.deepEqual(weigh(rig, 1), [2, 0]);
  t.deepEqual(weigh(rig, -1), [0, 0.5]);
  await rig.pass(15 * MINUTE);
  const isUncertain = () => readStatus(rig.readings().at(-1)?.status ?? 0).tariffUncertain;
  t.true(isUncertain());
  t.deepEqual(weigh(rig, 1), [2, 0]);
  rig.clock.setUnixTime(QUARTER);
  await rig.pass(1000);
  t.deepEqual(weigh(rig, 1), [1, 0]);
  await rig.pass(15 * MINUTE);
  t.true(isUncertain(), 'of the first part of that quarter');
  await rig.pass(15 * MINUTE);
  t.false(isUncertain());
});

test('without a tariff the readings of an unknown time are not uncertain', async t => {
  const rig = inNode({ time: null });
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  rig.draw(3600, 1000);
  await rig.pass(15 * MINUTE);
  const flags = rig.readings().map(({ status }) => readStatus(status));
  t.true(flags.every(({ timeUnknown, tariffUncertain }) => timeUnknown && !tariffUncertain));
});

test('a tariff of a stranger, or one that cannot be, changes nothing, and an event says why', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(wattHours(10));
  await rig.instruct('tariff', TARIFF, STRANGER);
  await rig.instruct('tariff', { ...TARIFF, bands: [{ ...DOUBLE, days: 0 }] });
  await rig.instruct('tariff', { ...TARIFF, bands: new Array(17).fill(DOUBLE) }, OPERATOR);
  t.deepEqual(rig.meter.refused, { 'wrong-signer': 1, 'out-of-range': 2 });
  await rig.pass(MINUTE);
  t.deepEqual(weigh(rig, 1), [1, 0]);
});

meterTest('sixteen bands fit into what a meter takes', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  const bands = Array.from({ length: 16 }, (_, k) => ({
    ...DOUBLE,
    fromMinute: 60 * k,
    toMinute: 1440,
    factor: 65_535 - k,
  }));
  const widest = { version: 2 ** 32 - 1, validFrom: QUARTER, feedInFactor: 65_535, bands };
  t.true(rig.directive('tariff', widest).length < 500);
  await rig.instruct('tariff', widest);
  t.deepEqual(rig.meter.refused, {});
  t.deepEqual(rig.eventsOf('tariffChanged').map(detailNumberOf), [2 ** 32 - 1]);
});
