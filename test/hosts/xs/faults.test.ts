import test from 'ava';
import { kilowattHours } from '../../../firmware/energy';
import type { RestartCause } from '../../../firmware/host';
import { EmulatedFlash, type EmulatedMeterFlash, emulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { WORST_CASE } from '../../support/leak-run';
import {
  detailNumberOf,
  detailTextOf,
  linkOffer,
  MeterRig,
  MINUTE,
  RECONNECTED,
} from '../../support/meter-rig';
import { meterTest, onXs, type RigOf } from '../../support/meter-test';

/** More than the firmware takes before it has a session, less than it takes in one; bytes. */
const TOO_LITTLE = 30 * 1024;

/** On a board that restarts by itself. */
async function supplying(rigOf: RigOf, options: Parameters<RigOf>[0] = {}): Promise<MeterRig> {
  const rig = rigOf({ restarts: true, ...options });
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  rig.draw(1000);
  await rig.settle();
  return rig;
}

function bootCauses(rig: MeterRig): string[] {
  return rig.eventsOf('boot').map(detailTextOf);
}

function damage(region: EmulatedFlash): void {
  for (let offset = 0; offset < region.size; offset += 16) region.damage(offset, 0x55);
}

function wearOut(region: EmulatedFlash, wear: 'refuses' | undefined): void {
  for (let sector = 0; sector < region.size / region.sectorSize; sector++) region.wearOut(sector, wear);
}

/** With room for some 60 readings. */
function smallLog(): EmulatedMeterFlash {
  const { ledger, power } = emulatedFlash(1);
  return { ledger, power, log: new EmulatedFlash({ size: 4 * 4096, prng: new Prng(1), power }) };
}

const CAUSES = ['reset', 'requested', 'crash', 'brown-out', 'rollback'] as const satisfies RestartCause[];

meterTest('why the board restarted is an event, and the relay was open meanwhile', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  for (const cause of CAUSES) {
    rig.board.restart(cause);
    t.false(rig.relay.isClosed());
    await rig.pass(1000);
    t.is(rig.relay.isClosed(), cause !== 'brown-out');
    await rig.pass(RECONNECTED);
    t.true(rig.relay.isClosed());
  }
  t.deepEqual(bootCauses(rig), [...CAUSES]);
  rig.cutPower();
  await rig.boot();
  t.is(bootCauses(rig).at(-1), 'power');
});

test.serial('a firmware that runs out of memory opens the relay, and says so once it has enough', async t => {
  let budget = WORST_CASE;
  const makeMeter: ReturnType<typeof onXs> = (host, options) => onXs(budget)(host, options);
  const rig = await supplying(options => new MeterRig({ ...options, makeMeter }));
  t.teardown(() => rig.cutPower());
  rig.cutPower();
  budget = TOO_LITTLE;
  await rig.boot();
  t.false(rig.isOn);
  t.false(rig.relay.isClosed());
  await rig.pass(2000);
  t.true(rig.board.starts.length > 3);
  budget = WORST_CASE;
  await rig.pass(2000);
  t.true(rig.relay.isClosed());
  t.is(rig.board.starts.at(-1), 'memory');
  t.is(bootCauses(rig).at(-1), 'memory');
  t.is(rig.meter.fault, undefined);
});

meterTest(
  'an exception that nobody catches opens the relay, and is told after the restart',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    const { log } = rig.flash;
    const write = log.write.bind(log);
    log.write = () => {
      throw new Error('a driver is broken');
    };
    await rig.pass(15 * MINUTE);
    t.false(rig.relay.isClosed());
    log.write = write;
    await rig.pass(1000);
    t.true(rig.relay.isClosed());
    t.is(bootCauses(rig).at(-1), 'crash');
  },
);

meterTest('a firmware that hangs is cut off by the watchdog, and tells of it', async (t, rigOf) => {
  const rig = await supplying(rigOf);
  await rig.pass(MINUTE);
  rig.board.hang();
  await rig.pass(8000);
  t.true(rig.relay.isClosed());
  await rig.pass(2000);
  t.false(rig.relay.isClosed());
  await rig.pass(1000);
  t.true(rig.relay.isClosed());
  t.deepEqual(bootCauses(rig), ['watchdog']);
});

meterTest(
  'a meter without a sensor supplies nothing, however often it restarts, and does not restart for that',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    rig.switched.length = 0;
    for (let boot = 0; boot < 3; boot++) {
      rig.cutPower();
      await rig.bootMute();
      await rig.pass(MINUTE);
      t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
    }
    t.deepEqual(rig.switched, [false]);
    t.deepEqual(rig.board.starts, ['power', 'power', 'power', 'power']);
    t.deepEqual(rig.eventsOf('sensorFault').map(detailTextOf), ['silent', 'silent', 'silent']);
    rig.draw(0);
    t.true(rig.relay.isClosed());
  },
);

meterTest(
  'a latching relay that is closed does not blink at a restart, and opens when the sensor is missed',
  async (t, rigOf) => {
    const rig = await supplying(rigOf, { isLatching: true });
    rig.switched.length = 0;
    rig.board.restart('watchdog');
    await rig.pass(MINUTE);
    t.deepEqual(rig.switched, []);
    t.true(rig.meter.supply.closed);
    rig.cutPower();
    await rig.bootMute();
    await rig.pass(2000);
    t.deepEqual(rig.switched, []);
    await rig.pass(1000);
    t.deepEqual(rig.switched, [false]);
    await rig.settle();
    t.is(detailTextOf(rig.lastEvent()), 'fault');
  },
);

meterTest(
  'a latching relay is opened at once at a restart that finds nothing to supply',
  async (t, rigOf) => {
    const rig = await supplying(rigOf, { isLatching: true });
    rig.cutPower();
    damage(rig.flash.ledger);
    t.true(rig.relay.isClosed());
    await rig.bootMute();
    t.false(rig.relay.isClosed());
  },
);

meterTest(
  'a ledger that is damaged leaves the relay open, and nothing is stated in its name',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    rig.cutPower();
    damage(rig.flash.ledger);
    const { length } = rig.received;
    for (let boot = 0; boot < 2; boot++) {
      await rig.boot();
      await rig.pass(MINUTE);
      t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
      t.is(rig.meter.fault, 'corrupt');
      t.like(rig.displays.at(-1), { closed: false, reason: 'fault', balance: undefined });
      t.deepEqual(rig.meter.link(linkOffer()), { ok: false, fault: 'corrupt' });
      rig.cutPower();
    }
    t.is(rig.received.length, length);
  },
);

meterTest(
  'a ledger that cannot be written opens the relay, and the cause is an event, restart or not',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    wearOut(rig.flash.ledger, 'refuses');
    await rig.pass(15 * MINUTE + 2000);
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
    rig.cutPower();
    await rig.boot();
    t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
    rig.cutPower();
    wearOut(rig.flash.ledger, undefined);
    await rig.boot();
    t.true(rig.relay.isClosed());
    t.deepEqual(rig.eventsOf('ledgerFault').map(detailTextOf), ['flash-failed']);
  },
);

meterTest(
  'a log that is damaged costs nobody the supply, and what was lost is an event',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    await rig.pass(15 * MINUTE);
    const made = rig.meter.lastReading;
    rig.cutPower();
    damage(rig.flash.log);
    await rig.boot();
    t.true(rig.relay.isClosed());
    t.is(rig.meter.fault, undefined);
    t.deepEqual(rig.eventsOf('logLost').map(detailNumberOf), [made]);
    t.is(rig.readings().length, made + 2, 'while it waits for its turn, and when it supplies');
  },
);

meterTest(
  'a log that cannot be written costs nobody the supply, and is an event once it can, restart or not',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    wearOut(rig.flash.log, 'refuses');
    await rig.pass(31 * MINUTE);
    t.true(rig.relay.isClosed());
    rig.cutPower();
    await rig.boot();
    t.true(rig.relay.isClosed());
    t.is(rig.meter.fault, 'flash-failed');
    await rig.pass(31 * MINUTE);
    wearOut(rig.flash.log, undefined);
    await rig.pass(15 * MINUTE);
    t.is(rig.meter.fault, undefined);
    t.is(bootCauses(rig).at(-1), 'power');
    t.deepEqual(rig.eventsOf('logFault').map(detailTextOf), ['flash-failed']);
    t.is(rig.readings().length, rig.meter.lastReading);
  },
);

meterTest(
  'a log that is full of what nobody acknowledged makes room, and what it lost is an event',
  async (t, rigOf) => {
    const rig = await supplying(rigOf, { flash: smallLog(), readingInterval: 10 });
    await rig.instruct('acknowledged', { sequence: rig.meter.lastReading });
    rig.network.online = false;
    await rig.pass(30 * MINUTE);
    t.true(rig.relay.isClosed());
    rig.cutPower();
    rig.network.online = true;
    rig.received.length = 0;
    await rig.boot();
    t.true(rig.relay.isClosed());
    const first = Number(rig.readings({ gaps: true })[0]?.sequence);
    t.true(first > 10);
    const lost = rig.eventsOf('logLost').map(detailNumberOf);
    t.is(lost.at(-1), first - 1);
    t.true(lost.length < 5);
  },
);

meterTest(
  'a network that never comes touches neither supply nor readings, and is one event',
  async (t, rigOf) => {
    const rig = await supplying(rigOf);
    rig.cutPower();
    rig.network.online = false;
    await rig.boot();
    await rig.pass(9 * MINUTE);
    rig.board.restart('brown-out');
    await rig.pass(31 * MINUTE);
    t.true(rig.relay.isClosed());
    const made = rig.meter.lastReading;
    rig.cutPower();
    rig.network.online = true;
    await rig.boot();
    await rig.pass(15 * MINUTE);
    t.deepEqual(rig.eventsOf('offline').map(detailTextOf), ['refused']);
    t.deepEqual(bootCauses(rig), ['power', 'brown-out', 'power']);
    t.true(rig.readings().length > made);
  },
);
