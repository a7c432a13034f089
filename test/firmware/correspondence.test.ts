import test from 'ava';
import { readStatus } from '../../firmware/attest/status';
import { decodeTelemetry } from '../../firmware/attest/telemetry';
import { toHex } from '../../firmware/bytes';
import { kilowattHours, wattHours } from '../../firmware/energy';
import { EmulatedFlash, emulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { crypto } from '../support/messages';
import { detailNumberOf, MINUTE, QUARTER } from '../support/meter-rig';
import { inNode, meterTest } from '../support/meter-test';

const HOUR = 60 * MINUTE;

test('readings are made on the quarter hours, and whenever the supply changes', async t => {
  const rig = inNode({ time: QUARTER + 100 });
  await rig.bootLinked();
  await rig.pass(5 * MINUTE);
  await rig.credit(wattHours(5));
  await rig.pass(25 * MINUTE);
  rig.draw(3600, 5000);
  await rig.pass(15 * MINUTE);
  const times = rig
    .readings()
    .map(({ timestamp, status }) => [Number(timestamp) - QUARTER, readStatus(status).reason]);
  t.deepEqual(times, [
    [100, 'exhausted'],
    [400, 'supplied'],
    [900, 'supplied'],
    [1800, 'supplied'],
    [1900, 'exhausted'],
    [2700, 'exhausted'],
  ]);
});

meterTest(
  'while the time is unknown readings say so; once it is known an event tells, and they are on the quarters',
  async (t, rigOf) => {
    const rig = rigOf({ time: null });
    await rig.bootLinked();
    await rig.pass(16 * MINUTE);
    rig.clock.setUnixTime(QUARTER + 60);
    await rig.pass(15 * MINUTE);
    const stamps = rig.readings().map(({ timestamp, status }) => [timestamp, readStatus(status).timeUnknown]);
    t.deepEqual(stamps, [
      [0, true],
      [0, true],
      [QUARTER + 900, false],
    ]);
    t.deepEqual(rig.eventsOf('clockSet').map(detailNumberOf), [0]);
    t.true(rig.eventsOf('linked').every(({ timestamp }) => timestamp === 0));
  },
);

test('the chains of readings and of events go on over restarts and power cuts', async t => {
  const rig = inNode();
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  for (let k = 0; k < 6; k++) {
    rig.draw(3600, 5000);
    await rig.pass(20 * MINUTE);
    if (k % 2 === 0) rig.meter.stop();
    rig.cutPower();
    await rig.boot();
  }
  const readings = rig.readings();
  t.is(readings.length, rig.meter.lastReading);
  t.true(readings.length >= 14);
  const numbers = rig.events().map(({ sequence }) => sequence);
  t.deepEqual(
    numbers,
    Array.from({ length: numbers.length }, (_, k) => k + 1),
  );
  t.is(rig.eventsOf('boot').length, 6);
});

meterTest(
  'the telemetry that is published with a reading is what the reading commits to',
  async (t, rigOf) => {
    const rig = rigOf({ telemetryInterval: 1e6 });
    await rig.bootLinked();
    rig.draw(1234.5, 5000);
    await rig.pass(15 * MINUTE);
    const telemetry = rig.payloads('telemetry');
    const readings = rig.readings();
    t.is(telemetry.length, readings.length);
    readings.forEach((reading, k) => {
      t.is(toHex(crypto.keccak256(telemetry[k] as Uint8Array)), toHex(reading.telemetry));
    });
    const last = decodeTelemetry(telemetry.at(-1) as Uint8Array);
    t.true(last.ok && last.value.sequence === readings.at(-1)?.sequence);
    t.is(last.ok ? last.value.phases[0]?.activePower : 0, 1234.5);
  },
);

meterTest('telemetry is published every minute, and each message is of its time', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  await rig.pass(10 * MINUTE);
  const stamps = rig.payloads('telemetry').map(bytes => {
    const telemetry = decodeTelemetry(bytes);
    return telemetry.ok ? telemetry.value.timestamp - QUARTER : undefined;
  });
  t.deepEqual(stamps, [0, 60, 120, 180, 240, 300, 360, 420, 480, 540, 600]);
});

meterTest(
  'a burst of happenings is signed one a turn, in order, and the first sixteen are kept',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    const { length } = rig.events();
    const after = rig.clock.after.bind(rig.clock);
    let most = 0;
    rig.clock.after = (milliseconds, callback) =>
      after(milliseconds, () => {
        const { signatures } = rig;
        callback();
        most = Math.max(most, rig.signatures - signatures);
      });
    const order = (version: number) =>
      rig.directive('supply', { version, state: version % 2, powerLimit: 0, until: 0 });
    for (let version = 1; version <= 20; version++) {
      rig.peers[0]?.publish('m3ter/100/7/supply', order(version));
      await rig.network.settled();
    }
    await rig.settle();
    t.is(rig.events().length - length, 16);
    t.is(most, 1);
    t.is(rig.readings().length, rig.meter.lastReading);
  },
);

test('while the broker cannot be reached readings are made and kept, and all of them come afterwards', async t => {
  const rig = inNode();
  await rig.bootLinked();
  rig.cutPower();
  const { network } = rig;
  network.online = false;
  await rig.boot();
  await rig.pass(2 * HOUR);
  const made = rig.meter.lastReading;
  t.true(made >= 9);
  t.false(rig.meter.isOnline);
  network.online = true;
  await rig.pass(10 * MINUTE);
  t.is(rig.readings().length, made);
});

meterTest('after a stop nothing more is made or sent', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  rig.meter.stop();
  await rig.settle();
  const { length } = rig.received;
  const { operations } = rig.flash.power;
  await rig.pass(2 * HOUR);
  t.is(rig.received.length, length);
  t.is(rig.flash.power.operations, operations);
  t.is(rig.clock.pending, 0);
});

test('a log that is full of events nobody got makes room for new ones, and an event tells up to which they are lost', async t => {
  const { ledger, power } = emulatedFlash(1);
  const log = new EmulatedFlash({ size: 3 * 4096, prng: new Prng(1), power });
  const rig = inNode({ flash: { ledger, log, power } });
  await rig.bootLinked();
  t.true(rig.events().length > 0);
  rig.network.online = false;
  for (let boot = 0; boot < 40; boot++) {
    rig.cutPower();
    await rig.boot();
    await rig.pass(1000);
  }
  rig.received.length = 0;
  rig.network.online = true;
  await rig.pass(15 * MINUTE);
  const numbers = rig.events().map(({ sequence }) => Number(sequence));
  const first = numbers[0] ?? 0;
  t.true(first > 30, `from event ${first} on`);
  t.deepEqual(
    numbers,
    numbers.map((_, k) => first + k),
  );
  const lost = rig.eventsOf('eventsLost').map(detailNumberOf);
  t.is(lost.at(-1), first - 1);
  rig.received.length = 0;
  for (let boot = 0; boot < 40; boot++) {
    rig.cutPower();
    await rig.boot();
    await rig.pass(1000);
  }
  t.deepEqual(rig.eventsOf('eventsLost'), [], 'what was delivered is no loss');
});

test('where a log is lost with events that nobody got, an event tells so', async t => {
  const rig = inNode();
  await rig.bootLinked();
  rig.network.online = false;
  rig.cutPower();
  await rig.boot();
  await rig.pass(MINUTE);
  rig.cutPower();
  for (let sector = 0; sector < 128; sector++) rig.flash.log.erase(sector);
  rig.network.online = true;
  rig.received.length = 0;
  await rig.boot();
  await rig.pass(MINUTE);
  const [next] = rig.events();
  t.deepEqual(rig.eventsOf('eventsLost').map(detailNumberOf), [Number(next?.sequence) - 1]);
});
