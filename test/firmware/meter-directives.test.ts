import fc from 'fast-check';
import { kilowattHours, wattHours } from '../../firmware/energy';
import {
  detailNumberOf,
  type MeterRig,
  MINUTE,
  OPERATOR,
  OWNER,
  QUARTER,
  RECONNECTED,
  STRANGER,
} from '../support/meter-rig';
import { meterTest, type RigOf } from '../support/meter-test';

const ON = { state: 1, powerLimit: 0, until: 0 };

async function supplying(rigOf: RigOf): Promise<MeterRig> {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  return rig;
}

meterTest('an order opens the relay and another closes it, also over a power cut', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct('supply', { ...ON, version: 1, state: 0 });
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'ordered' });
  rig.cutPower();
  rig.switched.length = 0;
  await rig.boot();
  t.deepEqual(rig.switched, []);
  t.is(rig.meter.supply.reason, 'ordered');
  await rig.instruct('supply', { ...ON, version: 2 });
  await rig.pass(RECONNECTED);
  t.true(rig.relay.isClosed());
  await rig.instruct('supply', { ...ON, version: 1, state: 0 });
  t.true(rig.relay.isClosed());
  t.deepEqual(rig.eventsOf('orderChanged').map(detailNumberOf), [1, 2]);
});

meterTest('an order that ends lapses in the first window after its time', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.instruct('supply', { version: 1, state: 0, powerLimit: 0, until: QUARTER + 100 });
  await rig.pass(99_000);
  rig.draw(0);
  t.false(rig.relay.isClosed());
  await rig.pass(1000);
  rig.draw(0);
  t.true(rig.relay.isClosed());
});

meterTest(
  'above the power limit for half a minute the relay opens for five, and so again',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    await rig.instruct('supply', { ...ON, version: 1, powerLimit: 1000 });
    const live = async (watts: number, seconds: number) => {
      for (let k = 0; k < seconds; k++) {
        rig.draw(rig.relay.isClosed() ? watts : 0, 1000);
        await rig.pass(1000);
      }
    };
    await live(1500, 29);
    await live(900, 2);
    await live(1500, 30);
    t.true(rig.relay.isClosed());
    await live(1500, 1);
    t.is(rig.meter.supply.reason, 'overload');
    await live(1500, 299);
    t.false(rig.relay.isClosed());
    await live(900, 2);
    t.true(rig.relay.isClosed());
    await rig.instruct('supply', { ...ON, version: 2 });
    await live(1500, 60);
    t.true(rig.relay.isClosed());
  },
);

meterTest('no order closes the relay of a meter without balance', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.instruct('supply', { ...ON, version: 1 });
  t.is(rig.meter.supply.reason, 'exhausted');
});

meterTest('totals that are lower than before change nothing, whoever signs them', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  const readings = rig.meter.lastReading;
  await rig.credit(1);
  await rig.instruct('credit', { credited: 0, withdrawn: 0 }, OWNER);
  t.is(rig.meter.balance, kilowattHours(1));
  t.is(rig.meter.lastReading, readings);
  t.deepEqual(rig.meter.refused, {});
});

meterTest('energy that is withdrawn may open the relay at once', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.credit(kilowattHours(1), kilowattHours(1));
  t.is(rig.meter.supply.reason, 'exhausted');
  await rig.credit(kilowattHours(1), kilowattHours(2));
  t.is(rig.meter.refused.impossible, 1);
  t.is(rig.meter.balance, wattHours(0));
});

meterTest(
  'after the roles rotate the old operator is refused, also after a restart, and the new one obeyed',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    await rig.instruct('roles', { version: 2, owner: OWNER.address, operator: STRANGER.address }, OWNER);
    await rig.credit(kilowattHours(2));
    rig.cutPower();
    await rig.boot();
    t.is(rig.meter.registers?.credited, kilowattHours(1));
    t.is(rig.meter.refused['wrong-signer'], 1);
    await rig.instruct('credit', { credited: kilowattHours(3), withdrawn: 0 }, STRANGER);
    t.is(rig.meter.registers?.credited, kilowattHours(3));
  },
);

meterTest(
  'a credit that came while the meter was off is there with the next connection',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    rig.cutPower();
    await rig.credit(kilowattHours(5));
    await rig.boot();
    t.is(rig.meter.registers?.credited, kilowattHours(5));
  },
);

meterTest(
  'garbage that a broker retains on every topic is refused with each connection, and hurts nobody',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    const good = rig.directive('supply', { ...ON, version: 1, state: 0 }, STRANGER);
    const topics = ['credit', 'supply', 'roles', 'acknowledged', 'tariff', 'firmware', 'online', ''];
    for (const topic of topics)
      await rig.publish(topic, topic === 'supply' ? good : Uint8Array.of(0xa1, 1, 2));
    const { registers, supply } = rig.meter;
    t.deepEqual(rig.meter.refused, { malformed: 5, 'wrong-signer': 1, unknown: 2 });
    for (let k = 0; k < 6; k++) {
      rig.peers.at(-1)?.stream.destroy();
      await rig.pass(2 * MINUTE);
    }
    t.deepEqual(rig.meter.refused, { malformed: 35, 'wrong-signer': 7, unknown: 14 });
    t.is(rig.eventsOf('directiveRefused').length, 2);
    t.deepEqual(rig.meter.registers, registers);
    t.deepEqual(rig.meter.supply, supply);
    await rig.credit(kilowattHours(2));
    t.is(rig.meter.balance, kilowattHours(2));
  },
);

meterTest('arbitrary bytes on any topic of the broker never stop a meter', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  const stream = fc.constantFrom('credit', 'supply', 'roles', 'acknowledged', 'tariff', 'x');
  await fc.assert(
    fc.asyncProperty(stream, fc.uint8Array({ maxLength: 400 }), async (topic, payload) => {
      rig.peers.at(-1)?.publish(`m3ter/100/7/${topic}`, payload, 1);
      await rig.network.settled();
      return rig.meter.balance === kilowattHours(1) && rig.relay.isClosed() && rig.meter.isOnline;
    }),
    { numRuns: 200 },
  );
  await rig.instruct('credit', { credited: kilowattHours(2), withdrawn: 0 }, OPERATOR);
  t.is(rig.meter.balance, kilowattHours(2));
});
