import test from 'ava';
import { kilowattHours } from '../../firmware/energy';
import type { Crypto, FlashRegion, Host } from '../../firmware/host';
import { Meter } from '../../firmware/meter';
import { linkOffer, MeterRig, MINUTE, QUARTER } from '../support/meter-rig';
import { meterTest } from '../support/meter-test';

/** A rig with a meter whose host is another from the second boot on. */
function rebootedWith(change: (host: Host) => Partial<Host>): MeterRig {
  let boots = 0;
  return new MeterRig({
    makeMeter: (host, options) => new Meter(boots++ === 0 ? host : { ...host, ...change(host) }, options),
  });
}

async function supplied(rig: MeterRig): Promise<void> {
  await rig.bootLinked();
  await rig.credit(kilowattHours(1));
  await rig.pass(15 * MINUTE);
  rig.cutPower();
  rig.switched.length = 0;
}

function counting(region: FlashRegion, onRead: () => void): FlashRegion {
  const { size, sectorSize } = region;
  return {
    ...{ size, sectorSize },
    read(offset, length) {
      onRead();
      return region.read(offset, length);
    },
    write: (offset, bytes) => region.write(offset, bytes),
    erase: sector => region.erase(sector),
  };
}

/** Every other signature is one of another digest. */
function flaky(crypto: Crypto): Crypto {
  let calls = 0;
  return {
    ...crypto,
    sign: (digest, key) => crypto.sign(calls++ % 2 === 0 ? digest : new Uint8Array(32), key),
  };
}

test('after a restart the relay closes before anything is signed, or read from the log', async t => {
  let reads = 0;
  let signatures = 0;
  const atClosing: number[][] = [];
  const rig = rebootedWith(({ flash, crypto, relay }) => ({
    flash: { ...flash, log: counting(flash.log, () => reads++) },
    crypto: {
      ...crypto,
      sign(digest, key) {
        signatures++;
        return crypto.sign(digest, key);
      },
    },
    relay: {
      open: () => relay.open(),
      close() {
        atClosing.push([reads, signatures]);
        relay.close();
      },
    },
  }));
  await supplied(rig);
  const made = rig.readings().length;
  await rig.reset();
  t.deepEqual(atClosing, [[0, 0]]);
  t.true(reads > 0 && signatures > 0);
  t.is(rig.readings().length, made + 1);
  t.is(rig.meter.fault, undefined);
});

test('a signer whose signatures do not verify is a fault that opens the relay, and nothing is stated with it', async t => {
  const rig = rebootedWith(({ crypto }) => ({ crypto: flaky(crypto) }));
  await supplied(rig);
  const { length } = rig.received;
  await rig.reset();
  t.is(rig.meter.fault, 'signer-fault');
  t.deepEqual(rig.switched, [true, false]);
  t.deepEqual(rig.meter.supply, { closed: false, reason: 'fault' });
  await rig.pass(30 * MINUTE);
  t.is(rig.received.length, length);
  t.false(rig.relay.isClosed());
  t.is(rig.meter.address, undefined);
});

for (const [name, fault, change] of [
  ['secret that is no key', 'unusable-secret', () => ({ secrets: { seed: () => new Uint8Array(32) } })],
  [
    'signer whose signatures do not verify',
    'signer-fault',
    ({ crypto }: Host) => ({ crypto: flaky(crypto) }),
  ],
] as const)
  test(`a new meter with a ${name} has no address, and cannot be linked`, async t => {
    const rig = rebootedWith(change);
    await rig.boot();
    rig.cutPower();
    await rig.boot();
    t.is(rig.meter.fault, fault);
    t.is(rig.meter.supply.reason, 'fault');
    t.is(rig.meter.address, undefined);
    t.deepEqual(rig.meter.link(linkOffer()), { ok: false, fault });
    t.is(rig.meter.m3terId, undefined);
  });

meterTest(
  'what happens before the log is open is stated in order, and with the time at which it happened',
  async (t, rigOf) => {
    const rig = rigOf();
    await rig.bootLinked();
    await rig.credit(kilowattHours(1));
    await rig.pass(MINUTE);
    rig.cutPower();
    const before = rig.events().length;
    await rig.bootMute();
    await rig.pass(10_000);
    const events = rig.events().slice(before);
    t.deepEqual(rig.eventNames().slice(before), ['boot', 'supplyOpened', 'sensorFault', 'supplyOpened']);
    t.deepEqual(
      events.map(({ timestamp }) => Number(timestamp) - QUARTER),
      [60, 60, 63, 63],
    );
  },
);

meterTest('a meter that is stopped before its log is open reads and says nothing', async (t, rigOf) => {
  const rig = rigOf();
  await rig.bootLinked();
  rig.cutPower();
  const { length } = rig.received;
  const booted = rig.boot();
  rig.meter.stop();
  await booted;
  await rig.pass(30 * MINUTE);
  t.is(rig.received.length, length);
  t.is(rig.clock.pending, 0);
});
