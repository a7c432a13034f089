import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours } from '../../../firmware/energy';
import { Discovery, type DiscoveryHandlers } from '../../../firmware/link/discovery';
import {
  type DiscoveredMeter,
  discoveryConfig,
  discoveryTopic,
} from '../../../firmware/link/discovery-config';
import { discoveryState, type HomeState, kilowattHoursText } from '../../../firmware/link/discovery-state';
import { OUTGOING_LIMIT } from '../../../firmware/link/outgoing';
import { NO_PHASE_MEASUREMENT, nothingMeasured } from '../../../firmware/metrology/believable';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';
import { VirtualClock } from '../../../hosts/mock/clock';
import { DISCOVERY_TOPIC, readConfiguration, readState } from '../../support/home-assistant-schema';
import { drawing, MINUTE } from '../../support/meter-rig';
import { bytes, text } from '../../support/session';

const METER: DiscoveredMeter = {
  ...{ chainId: 100, m3terId: 7n, phases: 1, interval: 60 },
  ...{ stateTopic: 'm3ter/100/7/home', onlineTopic: 'm3ter/100/7/online' },
};
const STATE: HomeState = {
  registers: energies(12_345_678, 0, 9),
  balance: -1 as MilliwattHours,
  measurement: drawing(1234.56, 1000),
  supply: { closed: true, reason: 'supplied' },
  ...{ isFaulty: false, hoursLeft: 3.5, lastReading: 42 },
};

function energies(imported: number, exported: number, feedIn: number): HomeState['registers'] {
  const counts = { imported, exported, feedIn, debited: 0, credited: 0, withdrawn: 0 };
  return counts as unknown as HomeState['registers'];
}

test('every configuration is as Home Assistant documents it, and fits into a packet', t => {
  const anyMeter = fc.record({
    chainId: fc.nat({ max: Number.MAX_SAFE_INTEGER }),
    m3terId: fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }),
    phases: fc.integer({ min: 1, max: 3 }),
    interval: fc.integer({ min: 1, max: 3600 }),
  });
  fc.assert(
    fc.property(anyMeter, meter => {
      const payload = discoveryConfig({ ...METER, ...meter });
      const topic = discoveryTopic(meter.chainId, meter.m3terId);
      const { components } = readConfiguration(text(payload));
      t.is(Object.keys(components).length, 11 + 2 * meter.phases);
      t.regex(topic, DISCOVERY_TOPIC);
      t.true(topic.length + payload.length < OUTGOING_LIMIT - 1000);
    }),
    { numRuns: 50 },
  );
});

test('the configuration says what each entity is', t => {
  const { device, availability_topic, payload_available, payload_not_available, state_topic, components } =
    readConfiguration(text(discoveryConfig({ ...METER, phases: 3 })));
  t.deepEqual(device, {
    ...{ identifiers: 'm3ter_100_7', name: 'M3ter 7', manufacturer: 'M3tering', model: 'M3ter' },
    sw_version: '0.1.0',
  });
  t.deepEqual(
    [availability_topic, payload_available, payload_not_available, state_topic],
    ['m3ter/100/7/online', 'true', 'false', 'm3ter/100/7/home'],
  );
  t.deepEqual(components.imported, {
    ...{ platform: 'sensor', name: 'Imported', unique_id: 'm3ter_100_7_imported' },
    ...{ value_template: '{{value_json.imported}}', device_class: 'energy' },
    ...{ unit_of_measurement: 'kWh', state_class: 'total_increasing' },
  });
  t.like(components.balance, { device_class: 'energy_storage', state_class: 'measurement' });
  t.like(components.voltage3, { name: 'Voltage L3', value_template: '{{value_json.voltage3}}' });
  t.like(components.power, { expire_after: 180 });
  t.is(components.exported?.expire_after, undefined, 'a total stays true');
  t.like(components.reason, { options: Object.keys(SUPPLY_REASONS) });
  t.like(components.supply, { platform: 'binary_sensor', device_class: 'power' });
});

test('a schema that knows the documentation refuses what is not in it', t => {
  const good = text(discoveryConfig(METER));
  for (const [from, to] of [
    ['"stat_cla":"measurement"', '"stat_cla":"total"'],
    ['"unit_of_meas":"kWh"', '"unit_of_meas":"kW"'],
    ['"dev_cla":"enum"', '"dev_cla":"power"'],
    ['"uniq_id":"m3ter_100_7_exported"', '"uniq_id":"m3ter_100_7_imported"'],
    ['"exp_aft"', '"exp_after"'],
    ['"p":"sensor"', '"p":"meter"'],
    ['"ids":"m3ter_100_7",', ''],
    ['"o":', '"orig":'],
  ] as const) {
    t.true(good.includes(from), from);
    t.throws(() => readConfiguration(good.replace(from, to)), undefined, from);
  }
});

test('a state says what is known, in kWh to the mWh', t => {
  t.is(
    text(discoveryState(STATE)),
    '{"imported":12.345678,"exported":0.000000,"feed_in":0.000009,"balance":-0.000001,' +
      '"power":1234.6,"frequency":50,"voltage1":230,"current1":5.368,' +
      '"supply":"ON","reason":"supplied","problem":"OFF","hours_left":3.5,"reading":42}',
  );
  const { measurement } = STATE;
  const partly = { ...measurement, phases: [...measurement.phases, NO_PHASE_MEASUREMENT] };
  t.like(readState(text(discoveryState({ ...STATE, measurement: partly }))), {
    ...{ power: null, voltage1: 230, voltage2: null, current1: 5.368, current2: null },
  });
});

test('what is not known is null, and never zero', t => {
  const state = readState(
    text(
      discoveryState({
        ...STATE,
        measurement: nothingMeasured(2),
        supply: { closed: false, reason: undefined },
        ...{ hoursLeft: undefined, lastReading: 0 },
      }),
    ),
  );
  const { imported, exported, feed_in, balance, problem, ...rest } = state;
  t.deepEqual([imported, exported, feed_in, balance, problem], [12.345678, 0, 0.000009, -0.000001, 'OFF']);
  t.deepEqual(rest, {
    ...{ power: null, frequency: null, voltage1: null, voltage2: null, current1: null, current2: null },
    ...{ supply: null, reason: null, hours_left: null, reading: null },
  });
});

test('any state a meter may have is one that Home Assistant can read', t => {
  const anyEnergy = fc.nat({ max: MAX_ENERGY });
  const anyState = fc.record({
    registers: fc.tuple(anyEnergy, anyEnergy, anyEnergy).map(counts => energies(...counts)),
    balance: fc.integer({ min: -MAX_ENERGY, max: MAX_ENERGY }).map(count => count as MilliwattHours),
    measurement: fc
      .tuple(fc.double({ min: -1e6, max: 1e6, noNaN: true }), fc.nat(5000))
      .map(([watts, duration]) => drawing(watts, duration)),
    supply: fc.record({
      closed: fc.boolean(),
      reason: fc.constantFrom(undefined, ...(Object.keys(SUPPLY_REASONS) as SupplyReason[])),
    }),
    isFaulty: fc.boolean(),
    hoursLeft: fc.option(
      fc.integer({ min: 0, max: 7200 }).map(tenths => tenths / 10),
      { nil: undefined },
    ),
    lastReading: fc.nat(0xffffffff),
  });
  fc.assert(
    fc.property(anyState, state => {
      const read = readState(text(discoveryState(state)));
      t.is(Math.round(read.imported * 1e6), state.registers.imported);
      t.is(Math.round(read.balance * 1e6), state.balance + 0);
      t.is(read.problem, state.isFaulty || state.supply.reason === 'fault' ? 'ON' : 'OFF');
    }),
  );
});

test('the text of an energy is that very number of mWh, by no way of a binary fraction', t => {
  fc.assert(
    fc.property(fc.integer({ min: -MAX_ENERGY, max: MAX_ENERGY }), count => {
      const written = kilowattHoursText(count as MilliwattHours);
      t.regex(written, /^-?\d+\.\d{6}$/);
      t.is(BigInt(written.replace('.', '')), BigInt(count));
    }),
  );
  t.is(kilowattHoursText(MAX_ENERGY), '281474976.710655');
});

/** A discovery whose publishing is written down. */
function makeDiscovery(takes: () => boolean = () => true) {
  const clock = new VirtualClock();
  const said: string[] = [];
  const publish = (payload: Uint8Array) => takes() && said.push(text(payload)) > 0;
  const handlers: DiscoveryHandlers = {
    ...{ publishConfig: publish, publishState: publish },
    ...{ config: () => bytes('config'), state: () => bytes('state') },
    onLeft: () => void said.push('left'),
  };
  const pass = (milliseconds: number) => clock.runUntil(clock.monotonic() + milliseconds);
  return { discovery: new Discovery(clock, handlers), said, pass };
}

test('nothing is said without a session, and with one the configuration comes first', t => {
  const { discovery, said, pass } = makeDiscovery();
  discovery.tell();
  discovery.takeStatus(bytes('online'));
  discovery.announceSoon();
  pass(10 * MINUTE);
  t.deepEqual(said, []);
  discovery.setOnline(true);
  discovery.tell();
  t.deepEqual(said, ['config', 'state', 'state']);
});

test('a birth brings the configuration again, and a thousand of them no more than once a minute', t => {
  const { discovery, said, pass } = makeDiscovery();
  discovery.setOnline(true);
  pass(2 * MINUTE);
  discovery.takeStatus(bytes('online'));
  pass(0);
  t.deepEqual(said.splice(0), ['config', 'state', 'config', 'state']);
  for (let k = 0; k < 1000; k++) {
    discovery.takeStatus(bytes('online'));
    pass(300);
  }
  pass(MINUTE);
  t.true(said.length <= 12, `${said.length}`);
  t.true(said.length >= 10);
});

test('what is no birth changes nothing', t => {
  const { discovery, said, pass } = makeDiscovery();
  discovery.setOnline(true);
  pass(2 * MINUTE);
  said.length = 0;
  for (const payload of ['', 'offline', 'ONLINE', 'onlinE', 'online ', 'x'.repeat(4000)])
    discovery.takeStatus(bytes(payload));
  fc.assert(
    fc.property(fc.uint8Array(), payload => {
      if (text(payload) !== 'online') discovery.takeStatus(payload);
    }),
  );
  pass(10 * MINUTE);
  t.deepEqual(said, []);
});

test('a configuration that found no room is tried again in a minute', t => {
  let hasRoom = false;
  const { discovery, said, pass } = makeDiscovery(() => hasRoom);
  discovery.setOnline(true);
  hasRoom = true;
  pass(MINUTE - 1);
  t.deepEqual(said, []);
  pass(1);
  t.deepEqual(said, ['config', 'state']);
});

test('leaving empties both at once, or with the next session', t => {
  const { discovery, said, pass } = makeDiscovery();
  discovery.setOnline(true);
  discovery.takeStatus(bytes('online'));
  discovery.leave();
  pass(10 * MINUTE);
  t.deepEqual(said, ['config', 'state', '', '', 'left']);
  const another = makeDiscovery();
  another.discovery.leave();
  another.discovery.takeStatus(bytes('online'));
  t.deepEqual(another.said, []);
  another.discovery.setOnline(true);
  t.deepEqual(another.said, ['', '', 'left']);
});

test('who has stopped says nothing, and takes nothing back', t => {
  const { discovery, said, pass } = makeDiscovery();
  discovery.setOnline(true);
  discovery.takeStatus(bytes('online'));
  discovery.stop();
  discovery.tell();
  pass(10 * MINUTE);
  t.deepEqual(said, ['config', 'state']);
});
