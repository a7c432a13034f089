import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours, wattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

const mWh = (count: number) => count as MilliwattHours;

function flash(): EmulatedFlash {
  return new EmulatedFlash({ size: 4 * 1024, sectorSize: 1024, prng: new Prng(1) });
}

function open(region: EmulatedFlash): Ledger {
  const ledger = Ledger.open(region);
  if (!ledger.ok) throw new Error(`expected a ledger, got ${ledger.fault}`);
  return ledger.value;
}

test('a meter never used begins with nothing, unlinked, and not ordered off', t => {
  const ledger = open(flash());
  t.is(ledger.balance, mWh(0));
  t.is(ledger.acknowledged, 0);
  t.is(ledger.settings.link, undefined);
  t.like(ledger.settings.order, { version: 0, state: 1, until: 0 });
  t.is(ledger.fault, undefined);
});

test('what is imported is debited, and the balance follows at once', t => {
  const ledger = open(flash());
  ledger.credit(mWh(1000), mWh(0));
  ledger.consume(mWh(1200), mWh(30), 200_000);
  t.like(ledger.registers, { imported: 1200, exported: 30, debited: 1200 });
  t.is(ledger.balance, mWh(-200));
});

test('a credit raises each register to what is said, whatever the order of arrival', t => {
  const region = flash();
  const ledger = open(region);
  t.deepEqual(ledger.credit(mWh(5000), mWh(100)), {
    ok: true,
    value: { credited: mWh(5000), withdrawn: mWh(100) },
  });
  t.deepEqual(ledger.credit(mWh(4000), mWh(300)), {
    ok: true,
    value: { credited: mWh(0), withdrawn: mWh(200) },
  });
  const writes = region.writes;
  t.deepEqual(ledger.credit(mWh(5000), mWh(300)), {
    ok: true,
    value: { credited: mWh(0), withdrawn: mWh(0) },
  });
  t.is(region.writes, writes, 'a replay costs flash nothing');
  t.like(open(region).registers, { credited: 5000, withdrawn: 300 });
});

test('more withdrawn than ever credited is impossible, and changes nothing', t => {
  const ledger = open(flash());
  ledger.credit(mWh(500), mWh(0));
  t.deepEqual(ledger.credit(mWh(600), mWh(601)), { ok: false, fault: 'impossible' });
  t.like(ledger.registers, { credited: 500, withdrawn: 0 });
  t.true(ledger.credit(mWh(600), mWh(600)).ok);
});

test('any sequence of credits leaves the registers monotone and the withdrawn covered', t => {
  const total = fc.integer({ min: 0, max: 1000 }).map(mWh);
  fc.assert(
    fc.property(fc.array(fc.tuple(total, total), { maxLength: 30 }), credits => {
      const ledger = open(flash());
      for (const [credited, withdrawn] of credits) {
        const before = { ...ledger.registers };
        const result = ledger.credit(credited, withdrawn);
        const after = ledger.registers;
        t.true(after.withdrawn <= after.credited);
        t.is(after.credited, result.ok ? mWh(Math.max(before.credited, credited)) : before.credited);
        t.is(after.withdrawn, result.ok ? mWh(Math.max(before.withdrawn, withdrawn)) : before.withdrawn);
      }
    }),
    { numRuns: 50 },
  );
});

test('an acknowledgement only grows, and is kept with the next save', t => {
  const region = flash();
  const ledger = open(region);
  ledger.acknowledge(7);
  ledger.acknowledge(5);
  t.is(ledger.acknowledged, 7);
  t.true(ledger.save());
  t.is(open(region).acknowledged, 7);
});

test('settings are kept one by one, and the registers beside them', t => {
  const region = flash();
  const ledger = open(region);
  const link = { chainId: 100, registry: new Uint8Array(20).fill(1), m3terId: 7n };
  const roles = { version: 1, owner: new Uint8Array(20).fill(2), operator: new Uint8Array(20).fill(3) };
  t.true(ledger.update({ link }));
  ledger.credit(mWh(900), mWh(0));
  t.true(ledger.update({ roles, eventsDelivered: 9 }));
  const again = open(region);
  t.like(again.settings, { link, roles, eventsDelivered: 9 });
  t.is(again.balance, mWh(900));
  t.true(again.update({ link: undefined }));
  t.is(open(region).settings.link, undefined);
});

test('when the flash fails, a credit and a setting are refused and the fault can be seen', t => {
  const region = flash();
  const ledger = open(region);
  ledger.credit(mWh(100), mWh(0));
  for (let sector = 0; sector < 4; sector++) region.wearOut(sector, 'refuses');
  t.deepEqual(ledger.credit(mWh(200), mWh(50)), { ok: false, fault: 'flash-failed' });
  t.like(ledger.registers, { credited: 100, withdrawn: 0 });
  t.is(ledger.fault, 'flash-failed');
  t.false(ledger.update({ eventsDelivered: 1 }));
  t.is(ledger.settings.eventsDelivered, 0);
});

test('a save that fails within consumption is seen, and tried again no sooner than 9 s later', t => {
  const region = flash();
  const ledger = open(region);
  for (let sector = 0; sector < 4; sector++) region.wearOut(sector, 'refuses');
  const before = region.power.operations;
  ledger.consume(wattHours(20), mWh(0), 60_000_000);
  t.is(ledger.fault, 'flash-failed');
  const spent = region.power.operations - before;
  for (let k = 0; k < 40; k++) ledger.consume(mWh(1), mWh(0), 200_000);
  t.is(region.power.operations - before, spent);
});

test('energy that is negative or beyond a register is misuse, and changes nothing', t => {
  const ledger = open(flash());
  t.throws(() => ledger.consume(mWh(-1), mWh(0), 0), { message: /expected whole mWh of 0 to/ });
  t.throws(() => ledger.consume(mWh(1), mWh(0.5), 0), { instanceOf: RangeError });
  t.throws(() => ledger.credit(mWh(MAX_ENERGY + 1), mWh(0)), { instanceOf: RangeError });
  t.throws(() => ledger.acknowledge(-1), { instanceOf: RangeError });
  t.like(ledger.registers, { imported: 0, exported: 0, debited: 0, credited: 0 });
});

test('at risk is never more than 10 Wh or 10 s of consumption, and saves are no more than that needs', t => {
  const watts = fc.oneof(
    fc.constantFrom(0, 5, 300, 3600, 5000, 20_000),
    fc.double({ min: 0, max: 20_000, noNaN: true }),
  );
  const stretch = fc.record({ watts, exporting: fc.boolean(), windows: fc.integer({ min: 1, max: 400 }) });
  const window = fc.integer({ min: 190, max: 250 });
  fc.assert(
    fc.property(fc.array(stretch, { minLength: 1, maxLength: 12 }), window, (stretches, milliseconds) => {
      const region = flash();
      const ledger = open(region);
      const start = region.writes;
      let [writes, savedEnergy, savedAt, energy, time] = [start, 0, 0, 0, 0];
      for (const { watts, exporting, windows } of stretches) {
        const used = mWh(Math.floor((watts * milliseconds) / 3600));
        for (let k = 0; k < windows; k++) {
          time += milliseconds;
          energy += used;
          // The last moment of the window, before it is counted: the worst for the power to fail.
          const within = energy - savedEnergy <= wattHours(10) || time - savedAt <= 10_000;
          t.true(within, `${energy - savedEnergy} mWh and ${time - savedAt} ms at risk`);
          const [imported, exported] = exporting ? [mWh(0), used] : [used, mWh(0)];
          ledger.consume(imported, exported, milliseconds * 1000);
          if (region.writes === writes) continue;
          [writes, savedEnergy, savedAt] = [region.writes, energy, time];
        }
      }
      t.true(writes - start <= Math.min(energy / 8600, time / 9750), `${writes - start} writes`);
    }),
    { numRuns: 60 },
  );
});
