import test from 'ava';
import { readStatus } from '../../firmware/attest/status';
import { kilowattHours, milliwattHours, wattHours } from '../../firmware/energy';
import type { Measurement } from '../../firmware/host';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import {
  detailNumberOf,
  detailTextOf,
  drawing,
  linkOffer,
  MINUTE,
  OPERATOR,
  OWNER,
  RECONNECTED,
  STRANGER,
} from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';

/** W at which a window of 1 s is 1 Wh */
const ONE_WATT_HOUR_A_SECOND = 3600;

meterTest(
  'an unlinked meter stays open, makes no readings and says nothing, but measures',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.boot();
    for (let k = 0; k < 10; k++) rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    await rig.pass(20 * MINUTE);
    t.deepEqual(rig.switched, []);
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'unlinked' });
    t.is(rig.meter.registers?.imported, wattHours(10));
    t.is(rig.meter.lastReading, 0);
    t.is(rig.peers.length, 0);
    t.true(rig.flash.log.read(0, rig.flash.log.size).every(byte => byte === 0xff));
  },
);

meterTest(
  'before it is started a meter touches neither relay nor network, and shows nothing',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    rig.cutPower();
    const { switched, peers, displays } = rig;
    const before = [switched.length, peers.length, displays.length];
    const meter = rig.assemble();
    await rig.pass(MINUTE);
    t.deepEqual([switched.length, peers.length, displays.length], before);
    t.is(meter.supply.reason, undefined);
    t.is(meter.balance, kilowattHours(1));
    t.is(meter.registers?.credited, kilowattHours(1));
  },
);

meterTest('a link is durable, and being told the same again changes nothing', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  t.is(rig.meter.m3terId, 7n);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'exhausted' });
  const { operations } = rig.flash.power;
  t.true(rig.meter.link(linkOffer()).ok);
  t.is(rig.flash.power.operations, operations);
  rig.cutPower();
  await rig.boot();
  t.is(rig.meter.m3terId, 7n);
  t.is(rig.meter.supply.reason, 'exhausted');
  t.deepEqual(rig.eventNames(), ['linked', 'supplyOpened', 'boot', 'supplyOpened']);
});

meterTest('a linked meter refuses another M3ter, chain or registry', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  for (const change of [{ m3terId: 8n }, { chainId: 1 }, { registry: new Uint8Array(20) }])
    t.deepEqual(rig.meter.link(linkOffer(change, STRANGER)), { ok: false, fault: 'linked-already' });
  await rig.credit(5);
  t.is(rig.meter.balance, milliwattHours(5));
});

meterTest('roles that their owner did not sign, for this very link, link nothing', async (t, rigOf) => {
  const rig = rigOf();
  await rig.boot();
  const forged = rig.directive(
    'roles',
    { version: 1, owner: OWNER.address, operator: OWNER.address },
    STRANGER,
  );
  const refused = [
    ['wrong-signer', { ...linkOffer(), roles: forged }],
    ['wrong-signer', { ...linkOffer(), chainId: 1 }],
    ['wrong-meter', { ...linkOffer(), m3terId: 8n }],
    ['malformed', { ...linkOffer(), roles: new Uint8Array(40) }],
  ] as const;
  for (const [fault, offer] of refused) t.deepEqual(rig.meter.link(offer), { ok: false, fault });
  t.is(rig.meter.m3terId, undefined);
  t.is(rig.meter.supply.reason, 'unlinked');
});

meterTest(
  'the relay closes in the turn in which the credit comes, and reading and events follow later',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    const made = rig.meter.lastReading;
    rig.peers[0]?.publish('m3ter/100/7/credit', rig.directive('credit', { credited: 1e6, withdrawn: 0 }));
    // Not a timer runs here.
    await rig.network.settled();
    t.deepEqual(rig.switched, [true]);
    t.is(rig.meter.lastReading, made);
    await rig.settle();
    t.is(rig.meter.lastReading, made + 1);
    t.deepEqual(rig.eventNames().slice(-2), ['creditApplied', 'supplyClosed']);
  },
);

meterTest(
  'the relay opens in the very window in which the balance runs out, and only then is anything said',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(wattHours(3));
    const made = rig.meter.lastReading;
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    t.true(rig.relay.isClosed());
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    t.false(rig.relay.isClosed());
    t.is(rig.meter.balance, wattHours(0));
    t.is(rig.meter.lastReading, made);
    await rig.settle();
    t.is(rig.meter.lastReading, made + 1);
    const last = rig.readings().at(-1);
    t.is(last?.debited, wattHours(3));
    t.like(readStatus(last?.status ?? 0), { relayClosed: false, lowBalance: true, reason: 'exhausted' });
    t.is(detailTextOf(rig.lastEvent()), 'exhausted');
  },
);

meterTest(
  'metering goes on while the relay is open, into debt, and the next credit pays that first',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(wattHours(1));
    for (let k = 0; k < 5; k++) rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    t.is(rig.meter.balance, wattHours(-4));
    await rig.credit(wattHours(5));
    t.false(rig.relay.isClosed());
    await rig.credit(wattHours(6));
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'reconnecting' });
    t.is(rig.meter.balance, wattHours(1));
    rig.draw(0);
    await rig.pass(RECONNECTED);
    t.true(rig.relay.isClosed());
  },
);

test('everything is restored before anything is shown, and the relay closes again by itself', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  for (let k = 0; k < 60; k++) {
    rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
    await rig.pass(1000);
  }
  const known = rig.meter.registers?.imported ?? 0;
  rig.cutPower();
  t.false(rig.relay.isClosed());
  rig.displays.length = 0;
  await rig.boot();
  t.true(rig.relay.isClosed());
  const restored = rig.meter.registers?.imported ?? 0;
  t.true(known - restored >= 0 && known - restored <= wattHours(10));
  t.true(rig.displays.length > 0);
  t.true(rig.displays.every(({ balance }) => balance === kilowattHours(1) - restored));
});

meterTest('a planned stop loses nothing at all, and the relay stays as it is', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  rig.draw(ONE_WATT_HOUR_A_SECOND, 1234);
  rig.meter.stop();
  t.true(rig.relay.isClosed());
  t.false(rig.sensor.started);
  await rig.settle();
  t.is(Buffer.from(rig.payloads('online').at(-1) ?? []).toString(), 'false');
  await rig.boot();
  t.is(rig.meter.registers?.imported, milliwattHours(1234));
});

meterTest('each of two low balances is worth one warning each time it gets so low', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  const warnings = (name: 'lowBalance' | 'criticalBalance') => rig.eventsOf(name).map(detailNumberOf);
  const policy = { ...INITIAL_POLICY, version: 1, lowBalance: 10, criticalBalance: 5 };
  await rig.instruct('policy', policy, OWNER);
  await rig.credit(wattHours(12));
  rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
  t.false(rig.meter.isBalanceLow);
  const before = warnings('lowBalance').length;
  for (let k = 0; k < 4; k++) rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
  await rig.settle();
  t.true(rig.meter.isBalanceLow);
  t.deepEqual(warnings('lowBalance').slice(before), [9000]);
  const critical = warnings('criticalBalance').length;
  for (let k = 0; k < 3; k++) rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
  await rig.settle();
  t.deepEqual(warnings('criticalBalance').slice(critical), [4000]);
  t.true(rig.displays.at(-1)?.criticalBalance);
  rig.meter.stop();
  rig.cutPower();
  await rig.boot();
  rig.draw(ONE_WATT_HOUR_A_SECOND, 1000);
  await rig.settle();
  t.is(warnings('lowBalance').length, before + 1);
  await rig.credit(wattHours(30));
  t.false(rig.meter.isBalanceLow);
  rig.draw(ONE_WATT_HOUR_A_SECOND, 20_000);
  await rig.settle();
  t.deepEqual(warnings('lowBalance').slice(before), [9000, 1000]);
  t.deepEqual(warnings('criticalBalance').slice(critical), [4000, 1000]);
});

test('each sensor fault is told once a reading, however fast they alternate, and the reading shows it', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.pass(15 * MINUTE);
  for (let k = 0; k < 50; k++) {
    rig.sensor.fault('gap');
    rig.sensor.fault('saturation');
    await rig.settle();
  }
  const told = () => rig.eventsOf('sensorFault').map(detailTextOf);
  t.deepEqual(told(), ['gap', 'saturation']);
  await rig.pass(30 * MINUTE);
  const faulty = rig.readings().map(({ status }) => readStatus(status).sensorFault);
  t.deepEqual(faulty.slice(-3), [false, true, false]);
  rig.sensor.fault('gap');
  rig.sensor.fault('no-mains');
  await rig.settle();
  t.deepEqual(told(), ['gap', 'saturation', 'gap', 'no-mains']);
});

meterTest(
  'a sensor that says that it is silent opens the relay until it delivers again',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(wattHours(10));
    rig.draw(100);
    rig.sensor.fault('silent');
    rig.sensor.fault('silent');
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
    t.is(rig.meter.measurement.phases[0]?.activePower, 0);
    rig.draw(0);
    t.is(rig.meter.supply.reason, 'reconnecting');
    await rig.pass(RECONNECTED);
    t.true(rig.meter.supply.closed);
    t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), ['silent']);
    t.deepEqual(rig.switched.slice(-3), [true, false, true]);
  },
);

meterTest('a sensor from which nothing comes for 3 s is silent, whatever it says', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(wattHours(10));
  rig.sensor.hush();
  await rig.pass(2000);
  t.true(rig.relay.isClosed());
  await rig.pass(1000);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
  await rig.pass(31 * MINUTE);
  t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), ['silent']);
  const faulty = rig.readings().map(({ status }) => readStatus(status).sensorFault);
  t.deepEqual(faulty.slice(-2), [true, true]);
  rig.draw(0);
  t.true(rig.relay.isClosed());
});

meterTest('a meter whose sensor does not start to deliver supplies nothing', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(wattHours(10));
  rig.cutPower();
  rig.switched.length = 0;
  rig.displays.length = 0;
  const booted = rig.reset();
  rig.sensor.hush();
  await booted;
  t.is(rig.meter.supply.reason, undefined);
  t.deepEqual(rig.displays, []);
  await rig.pass(3000);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
  t.deepEqual(rig.switched, []);
  rig.draw(0);
  t.deepEqual(rig.switched, [true]);
});

meterTest('that there is no mains is told, and is no fault of the sensor', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  rig.sensor.fault('no-mains');
  await rig.pass(15 * MINUTE);
  t.is(detailTextOf(rig.lastEvent()), 'no-mains');
  t.false(readStatus(rig.readings().at(-1)?.status ?? 0).sensorFault);
});

meterTest(
  'a measurement that cannot be true counts as a gap, and stops neither readings nor supply',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    const { phases, ...rest } = drawing(100, 200);
    const withPhase = (change: object): Measurement => ({
      ...rest,
      phases: phases.map(phase => ({ ...phase, ...change })),
    });
    const mad = [
      withPhase({ activePower: Number.NaN }),
      withPhase({ voltage: Number.POSITIVE_INFINITY }),
      withPhase({ current: 1e12 }),
      withPhase({ reactivePower: Number.NaN }),
      { ...drawing(100, 200), frequency: Number.NaN },
      { ...drawing(100, 200), duration: -1e9 },
      { ...drawing(100, 200), duration: Number.NaN },
    ];
    for (const measurement of mad) {
      rig.sensor.measurement(measurement);
      rig.draw(0);
      await rig.pass(15 * MINUTE);
      t.true(readStatus(rig.readings().at(-1)?.status ?? 0).sensorFault);
    }
    t.is(rig.meter.registers?.imported, milliwattHours(0));
    t.true(rig.relay.isClosed());
  },
);

meterTest('a sensor that tells only what cannot be true is as good as silent', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  rig.sensor.measurement({ ...drawing(100, 200), frequency: Number.NaN });
  t.true(rig.relay.isClosed());
  await rig.pass(5000);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
  t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf).slice(0, 2), ['gap', 'silent']);
});

meterTest('energy that is exported is counted apart and pays for nothing', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(wattHours(1));
  rig.draw(-ONE_WATT_HOUR_A_SECOND, 5000);
  t.like(rig.meter.registers, { imported: 0, exported: wattHours(5), debited: 0, feedIn: 0 });
  t.is(rig.meter.balance, wattHours(1));
});

meterTest('the operator of the link offer is obeyed, as is the owner', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.instruct('credit', { credited: 1000, withdrawn: 0 }, OPERATOR);
  await rig.instruct('credit', { credited: 2000, withdrawn: 0 }, OWNER);
  await rig.instruct('credit', { credited: 3000, withdrawn: 0 }, STRANGER);
  t.is(rig.meter.registers?.credited, milliwattHours(2000));
});
