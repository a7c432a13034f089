import { readStatus } from '../../firmware/attest/status';
import { kilowattHours, wattHours } from '../../firmware/energy';
import type { Measurement } from '../../firmware/host';
import { INITIAL_POLICY, type PolicySetting } from '../../firmware/ledger/policy';
import {
  detailNumberOf,
  detailTextOf,
  drawing,
  type MeterRig,
  MINUTE,
  OWNER,
  QUARTER,
  RECONNECTED,
} from '../support/meter-rig';
import { meterTest, type RigOf } from '../support/meter-test';

/** What the policy lets a household have, from the sensor to the relay and the log. */

/** Unix seconds, of a Friday, 19:59 UTC */
const EVENING = QUARTER + 12 * 3600 - 60;

async function supplied(
  rigOf: RigOf,
  policy: Partial<PolicySetting>,
  options: Parameters<RigOf>[0] = {},
): Promise<MeterRig> {
  const rig = rigOf(options);
  await rig.bootLinked();
  await rig.instruct('policy', { ...INITIAL_POLICY, ...policy, version: 1 }, OWNER);
  await rig.credit(wattHours(100));
  rig.draw(0);
  await rig.settle();
  return rig;
}

/** One window that takes so many Wh. */
function use(rig: MeterRig, energy: number): void {
  rig.draw(energy * 3600, 1000);
}

function at(voltage: number): Measurement {
  const { phases, ...rest } = drawing(0, 200);
  return { ...rest, phases: phases.map(phase => ({ ...phase, voltage })) };
}

for (const milliseconds of [200, 250])
  meterTest(
    `at 20 kW and windows of ${milliseconds} ms the relay opens at most 2 Wh late, a debt that the next credit pays`,
    async (t, rigOf) => {
      const rig = await supplied(rigOf, {});
      for (let k = 0; k < 1000 && rig.relay.isClosed(); k++) rig.draw(20_000, milliseconds);
      const debt = -(rig.meter.balance ?? 0);
      t.false(rig.relay.isClosed());
      t.true(debt >= 0 && debt <= wattHours(2), `${debt} mWh`);
      await rig.credit(wattHours(150));
      t.is(rig.meter.balance as number, wattHours(50) - debt);
    },
  );

meterTest('a night of friendly hours is one of supply, also with a power cut in it', async (t, rigOf) => {
  // A short one, for it is long on XS.
  const hours = { friendlyFrom: 20 * 60, friendlyTo: 20 * 60 + 10 };
  const rig = await supplied(rigOf, hours, { time: EVENING });
  await rig.pass(2 * MINUTE);
  use(rig, 110);
  t.deepEqual(rig.meter.supply, { closed: true, reason: 'friendly' });
  await rig.pass(2 * MINUTE);
  rig.cutPower();
  await rig.pass(2 * MINUTE);
  await rig.boot();
  t.deepEqual(rig.meter.supply, { closed: true, reason: 'friendly' });
  use(rig, 1);
  await rig.pass(3 * MINUTE);
  t.true(rig.relay.isClosed());
  await rig.pass(3 * MINUTE);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'exhausted' });
  await rig.credit(wattHours(300));
  t.is(rig.meter.balance, wattHours(189), 'what was used is a debt');
  const reasons = rig.readings().map(({ status }) => readStatus(status).reason);
  t.true(reasons.includes('friendly'));
});

meterTest(
  'emergency credit is given once a purchase, however often the same credit comes',
  async (t, rigOf) => {
    const rig = await supplied(rigOf, { emergencyCredit: 50, minimumOff: 0 });
    use(rig, 100);
    t.is(rig.meter.supply.reason, 'exhausted');
    t.deepEqual(rig.meter.ask(), { ok: true, value: 'emergency' });
    t.deepEqual(rig.meter.supply, { closed: true, reason: 'emergency' });
    use(rig, 50);
    t.is(rig.meter.supply.reason, 'exhausted');
    await rig.credit(wattHours(100));
    rig.cutPower();
    await rig.boot();
    await rig.credit(wattHours(100));
    t.deepEqual(rig.meter.ask(), { ok: false, fault: 'used' });
    await rig.credit(wattHours(120));
    t.deepEqual(rig.meter.ask(), { ok: true, value: 'emergency' });
    await rig.settle();
    t.deepEqual(rig.eventsOf('emergencyCredit').map(detailNumberOf), [50_000, 50_000]);
  },
);

meterTest(
  'what was cut too often for overload stays so over a power cycle, until somebody asks',
  async (t, rigOf) => {
    const rig = await supplied(rigOf, { loadRetries: 0 });
    await rig.instruct('supply', { version: 1, state: 1, powerLimit: 500, until: 0 });
    rig.draw(600);
    await rig.pass(31_000);
    rig.draw(600);
    t.is(rig.meter.supply.reason, 'overload');
    rig.draw(0);
    await rig.settle();
    rig.cutPower();
    await rig.boot();
    await rig.pass(20 * MINUTE);
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'overload' });
    t.deepEqual(rig.meter.ask(), { ok: true, value: 'armed' });
    t.true(rig.relay.isClosed());
    await rig.settle();
    t.is(rig.eventsOf('armed').length, 1);
  },
);

meterTest('a voltage that is too high trips, and the supply comes back after it', async (t, rigOf) => {
  const rig = await supplied(rigOf, { overvoltage: 1150 });
  for (let k = 0; k < 5; k++) {
    rig.sensor.measurement(at(270));
    await rig.pass(200);
  }
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'overvoltage' });
  rig.sensor.measurement(at(230));
  await rig.pass(RECONNECTED);
  t.true(rig.relay.isClosed());
  t.is(rig.meter.switchings, 3);
});

meterTest('two meters come back after the same blackout at times of their own', async (t, rigOf) => {
  const waits: number[] = [];
  for (const boots of [1, 2]) {
    const rig = await supplied(rigOf, { reconnectSpread: 600 });
    for (let k = 0; k < boots; k++) {
      rig.cutPower();
      await rig.switchOn();
    }
    t.is(rig.meter.supply.reason, 'reconnecting');
    const since = rig.clock.monotonic();
    while (!rig.relay.isClosed()) await rig.pass(2000);
    waits.push(rig.clock.monotonic() - since);
  }
  t.true(Math.max(...waits) <= 602_000);
  t.true(Math.abs((waits[0] ?? 0) - (waits[1] ?? 0)) > 10_000, `${waits}`);
});

meterTest('a relay that latches stays closed through a blackout', async (t, rigOf) => {
  const rig = await supplied(rigOf, { reconnectSpread: 600 }, { isLatching: true });
  rig.switched.length = 0;
  rig.cutPower();
  await rig.switchOn();
  t.deepEqual(rig.meter.supply, { closed: true, reason: 'supplied' });
  t.deepEqual(rig.switched, []);
});

meterTest(
  'a contact that does not follow is an event and an indication, and metering goes on',
  async (t, rigOf) => {
    const rig = await supplied(rigOf, {});
    rig.relay.open();
    await rig.pass(6000);
    t.deepEqual(rig.eventsOf('relayMismatch').map(detailTextOf), ['open']);
    t.true(rig.displays.at(-1)?.relayFault);
    const before = rig.meter.registers?.imported ?? 0;
    use(rig, 1);
    t.is((rig.meter.registers?.imported ?? 0) - before, wattHours(1));
    await rig.credit(kilowattHours(1));
    t.is(rig.meter.supply.reason, 'supplied');
  },
);
