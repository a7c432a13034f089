import test from 'ava';
import { MeterRig, MINUTE, OWNER, QUARTER } from '../support/meter-rig';
import { attack, CREDITED, meterInService, NIGHT, ORDER, Siege, TARIFF } from './attack';

const YEAR = 365 * 86_400;
const OFF = { ...ORDER, state: 0 };

function now(rig: MeterRig): number {
  return rig.clock.now() as number;
}

/** The host's clock goes wrong, or is made to. */
async function setClock(rig: MeterRig, seconds: number | undefined): Promise<void> {
  rig.clock.setUnixTime(seconds);
  await rig.pass(2 * MINUTE);
}

attack('an order to cut the supply, older and past its end', {
  on: 'supply',
  refused: 'stale',
  make: rig => rig.directive('supply', { ...OFF, version: 4, until: QUARTER - 1 }),
});

test('an order to cut the supply that is new, and past its end', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  for (const [version, until] of [
    [6, 1],
    [7, QUARTER - YEAR],
    [8, now(rig)],
  ] as const) {
    await rig.instruct('supply', { ...OFF, version, until });
    t.true(rig.relay.isClosed());
  }
  await rig.pass(MINUTE);
  t.true(rig.meter.supply.closed);
  t.deepEqual(siege.refused(), {});
  await siege.assertObedient(t);
});

test('the clock is set back to before the end of an order that has lapsed', async t => {
  const rig = await meterInService();
  const until = now(rig) + 600;
  await rig.instruct('supply', { ...OFF, version: 6, until });
  t.is(rig.meter.supply.reason, 'ordered');
  await rig.pass(15 * MINUTE);
  t.true(rig.meter.supply.closed);
  await setClock(rig, until - 300);
  t.true(rig.meter.supply.closed);
});

test('the clock is set back past the last reading', async t => {
  const rig = await meterInService();
  await setClock(rig, QUARTER - YEAR);
  await rig.pass(30 * MINUTE);
  const timestamps = rig
    .readings()
    .map(({ timestamp }) => timestamp)
    .filter(timestamp => timestamp > 0);
  t.is(rig.readings().at(-1)?.timestamp, 0, 'it says that it does not know');
  t.deepEqual(
    timestamps,
    timestamps.toSorted((a, b) => a - b),
  );
});

test('the clock is set back to before the present tariff', async t => {
  const rig = await meterInService();
  const dear = { ...NIGHT, fromMinute: 0, toMinute: 1440, factor: 2000 };
  const validFrom = now(rig) + 600;
  await rig.instruct('tariff', { ...TARIFF, version: 6, validFrom, bands: [dear] });
  await rig.pass(15 * MINUTE);
  const use = async () => {
    const before = rig.meter.registers?.debited as number;
    rig.draw(3600, 250_000);
    await rig.pass(250_000);
    return (rig.meter.registers?.debited as number) - before;
  };
  t.is(await use(), 500_000);
  await setClock(rig, validFrom - 300);
  t.is(await use(), 500_000);
  rig.cutPower();
  rig.clock.setUnixTime(undefined);
  await rig.boot();
  t.is(await use(), 500_000);
});

test('the time is lost before the first tariff holds, which would pay for what is exported', async t => {
  const rig = new MeterRig();
  await rig.bootLinked();
  await rig.credit(CREDITED);
  await rig.instruct('tariff', { ...TARIFF, validFrom: QUARTER + YEAR, feedInFactor: 1000 });
  await setClock(rig, undefined);
  rig.draw(-3600, 250_000);
  t.is<number | undefined, number>(rig.meter.registers?.exported, 250_000);
  t.is<number | undefined, number>(rig.meter.registers?.feedIn, 0);
});

test('a tariff from the past comes again when the clock is set back to its days', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  await setClock(rig, QUARTER - YEAR);
  await rig.instruct('tariff', { ...TARIFF, version: 4, feedInFactor: 65_535 });
  t.deepEqual(siege.refused(), {});
  siege.assertUnmoved(t);
  await siege.assertObedient(t);
});

test('a clock of all kinds of nonsense', async t => {
  const siege = await Siege.lay();
  const { rig } = siege;
  for (const seconds of [0, 1, 2 ** 31, 2 ** 32, 2 ** 36, undefined]) await setClock(rig, seconds);
  await setClock(rig, QUARTER + 7200);
  siege.assertUnmoved(t);
  t.true(rig.readings({ gaps: true }).length > 1);
  await rig.instruct('supply', { ...OFF, version: 6 }, OWNER);
  t.is(rig.meter.supply.reason, 'ordered');
});
