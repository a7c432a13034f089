import test from 'ava';
import fc from 'fast-check';
import { MAX_ENERGY, type MilliwattHours, wattHours } from '../../../firmware/energy';
import { crc32 } from '../../../firmware/ledger/crc32';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { INITIAL_MEMORY } from '../../../firmware/ledger/supply-memory';
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
  t.deepEqual(ledger.phases, []);
  t.deepEqual(ledger.settings.policy, INITIAL_POLICY);
  t.like(INITIAL_POLICY, { sealed: 1, nominalVoltage: 230, sag: 900, swell: 1100, interruption: 50 });
  t.deepEqual(ledger.settings.calibration, new Uint8Array(32));
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

const flow = (imported: number, exported: number) => ({ imported: mWh(imported), exported: mWh(exported) });

test('what goes through each phase is counted beside the registers, and kept with them', t => {
  const region = flash();
  const ledger = open(region);
  ledger.consumePhases([flow(100, 0), flow(0, 30), flow(7, 0)]);
  ledger.consume(mWh(77), mWh(0), 200_000);
  ledger.consumePhases([flow(1, 0), flow(2, 0), flow(0, 3)]);
  ledger.consume(mWh(0), mWh(0), 200_000);
  t.deepEqual(ledger.phases, [flow(101, 0), flow(2, 30), flow(7, 3)]);
  t.like(ledger.registers, { imported: 77, exported: 0, debited: 77 });
  t.true(ledger.save());
  const again = open(region);
  t.deepEqual(again.phases, ledger.phases);
  again.consumePhases([flow(1, 1), flow(1, 1), flow(1, 1)]);
  t.deepEqual(again.phases, [flow(102, 1), flow(3, 31), flow(8, 4)]);
  t.deepEqual(ledger.phases, [flow(101, 0), flow(2, 30), flow(7, 3)]);
});

test('a phase that is not counted any more keeps what it had', t => {
  const region = flash();
  open(region).consumePhases([flow(1, 0), flow(2, 0), flow(3, 0)]);
  const ledger = open(region);
  ledger.consumePhases([flow(1, 0), flow(2, 0), flow(3, 0)]);
  ledger.consumePhases([flow(10, 0), flow(20, 0)]);
  t.deepEqual(ledger.phases, [flow(11, 0), flow(22, 0), flow(3, 0)]);
});

test('what one phase gives to another is on flash as soon, though nothing is imported or exported', t => {
  const region = flash();
  const ledger = open(region);
  const used = Math.floor((3000 * 1000 * 200) / 3_600_000);
  for (let time = 0; time < 60_000; time += 200) {
    ledger.consumePhases([flow(used, 0), flow(0, used)]);
    ledger.consume(mWh(0), mWh(0), 200_000);
    const saved = open(copyOf(region)).phases[0]?.imported ?? 0;
    const atRisk = (ledger.phases[0]?.imported ?? 0) - saved;
    t.true(atRisk <= wattHours(10), `${atRisk} mWh at risk after ${time} ms`);
  }
  t.true(ledger.save());
  const { writes } = region;
  for (let k = 0; k < 300; k++) {
    ledger.consumePhases([flow(0, 0), flow(0, 0)]);
    ledger.consume(mWh(1), mWh(0), 200_000);
  }
  t.is(region.writes, writes, 'and what is there already is not written again');
});

/** The same bytes on flash of their own. */
function copyOf(region: EmulatedFlash): EmulatedFlash {
  const copy = flash();
  copy.write(0, region.read(0, region.size));
  return copy;
}

test('one phase, four, or energy that is none are misuse', t => {
  const ledger = open(flash());
  for (const count of [0, 1, 4])
    t.throws(() => ledger.consumePhases(new Array(count).fill(flow(1, 0))), {
      message: `consumePhases: expected 2 or 3 phases, got ${count}`,
    });
  t.throws(() => ledger.consumePhases([flow(-1, 0), flow(0, 0)]), { instanceOf: RangeError });
  t.throws(() => ledger.consumePhases([flow(0, 0.5), flow(0, 0)]), { instanceOf: RangeError });
  t.true(ledger.save());
  t.deepEqual(ledger.phases, [flow(0, 0), flow(0, 0)]);
});

/** A sector as the firmware before per-phase registers, calibration and policy wrote it. */
function oldSector(sequence: number, settings: string, counters: string): Uint8Array {
  const header = Buffer.concat([Buffer.from('4d334c4700000001', 'hex'), u32(sequence)]);
  const records = [
    ['53', settings],
    ['43', counters],
  ].map(([kind = '', body = '']) => {
    const length = (body.length / 2).toString(16).padStart(4, '0');
    const record = Buffer.from(kind + length + body, 'hex');
    const whole = Buffer.concat([record, u32(crc32(record, sequence))]);
    return Buffer.concat([whole, Buffer.alloc(-whole.length & 3, 0xff)]);
  });
  return Buffer.concat([header, u32(crc32(header)), ...records]);
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

const OLD_SETTINGS = [
  `01010000000000000064${'11'.repeat(20)}${'07'.padStart(64, '0')}`,
  `0100000002${'22'.repeat(20)}${'33'.repeat(20)}`,
  '0000000300000005dc0000000000000000',
  `00000004${'44'.repeat(32)}00000005${'55'.repeat(32)}00000006`,
].join('');
const OLD_COUNTERS = `010000000f42400000000000000000000f42400000001e8480${'00'.repeat(12)}00000004`;
/** Of a meter never used: zeros but for the order, which says on. */
const OLD_INITIAL_SETTINGS = `01${'00'.repeat(61 + 45 + 4)}01${'00'.repeat(12 + 72 + 4)}`;
const OLD_INITIAL_COUNTERS = `01${'00'.repeat(40)}`;

test('a ledger of the firmware before opens without loss, and goes on in its own format until there is news', t => {
  const region = flash();
  region.write(1024, oldSector(5, OLD_SETTINGS, OLD_COUNTERS));
  const ledger = open(region);
  t.like(ledger.registers, { imported: 1e6, debited: 1e6, credited: 2e6, withdrawn: 0 });
  t.is(ledger.acknowledged, 4);
  const { link, roles, order, readings, eventsDelivered, policy, calibration } = ledger.settings;
  t.like(link, { chainId: 100, m3terId: 7n });
  t.deepEqual(roles?.operator, new Uint8Array(20).fill(0x33));
  t.deepEqual(order, { version: 3, state: 0, powerLimit: 1500, until: 0 });
  t.is(readings.sequence, 4);
  t.is(eventsDelivered, 6);
  t.deepEqual(policy, INITIAL_POLICY);
  t.deepEqual([calibration, ledger.phases], [new Uint8Array(32), []]);
  t.true(ledger.update({ eventsDelivered: 7 }));
  t.is(formatsOf(region).settings, 1);
  const adopted = new Uint8Array(32).fill(0x77);
  t.true(ledger.update({ calibration: adopted }));
  t.is(formatsOf(region).settings, 2);
  t.is(formatsOf(region).counters, 1);
  ledger.consumePhases([flow(1, 0), flow(2, 0)]);
  t.true(ledger.save());
  t.is(formatsOf(region).counters, 2);
  ledger.consume(mWh(1), mWh(0), 200_000, 1500);
  t.true(ledger.save());
  t.is(formatsOf(region).counters, 3);
  t.true(ledger.update({ policy: { ...policy, version: 1, lowBalance: 1 } }));
  t.is(formatsOf(region).settings, 3);
  const again = open(region);
  t.like(again.settings, { calibration: adopted, eventsDelivered: 7 });
  t.deepEqual(again.settings, ledger.settings);
  t.deepEqual({ ...again.registers }, { ...ledger.registers });
});

/** Of the last record of each kind; of records in the sector with the highest sequence. */
function formatsOf(region: EmulatedFlash): { settings: number; counters: number } {
  const formats = { settings: 0, counters: 0 };
  let highest = 0;
  for (let sector = 0; sector < region.size; sector += region.sectorSize) {
    const bytes = Buffer.from(region.read(sector, region.sectorSize));
    const sequence = bytes.readUInt32BE(8);
    if (sequence === 0xffffffff || sequence < highest) continue;
    highest = sequence;
    for (let at = 16; bytes[at] === 0x53 || bytes[at] === 0x43; at += (bytes.readUInt16BE(at + 1) + 10) & ~3)
      formats[bytes[at] === 0x53 ? 'settings' : 'counters'] = bytes[at + 3] as number;
  }
  return formats;
}

test('a first opening that the firmware before did not finish is a first opening still', t => {
  const sector = oldSector(1, OLD_INITIAL_SETTINGS, OLD_INITIAL_COUNTERS);
  for (let length = 1; length <= sector.length; length++) {
    const region = flash();
    region.write(0, sector.subarray(0, length));
    t.is(open(region).balance, mWh(0), `${length} bytes`);
  }
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

test('after a start the first save comes after a second, and each of the next after twice as long, up to 10 s', t => {
  const region = flash();
  const ledger = open(region);
  for (let run = 0; run < 2; run++) {
    const started = run === 0 ? ledger : open(region);
    const saves: number[] = [];
    for (let time = 200; time <= 40_000; time += 200) {
      const { writes } = region;
      started.consume(mWh(1111), mWh(0), 200_000);
      if (region.writes > writes) saves.push(time);
    }
    t.deepEqual(saves, [1000, 3000, 7000, 14_800, 24_600, 34_400]);
  }
});

test('what is saved soon after a start is 1 Wh at least, so that a small load wears nothing', t => {
  const region = flash();
  const ledger = open(region);
  const { writes } = region;
  for (let k = 0; k < 300; k++) ledger.consume(mWh(2), mWh(0), 200_000);
  t.is(region.writes, writes);
});

test('what has not changed is not written again', t => {
  const region = flash();
  const ledger = open(region);
  const silent = (change: () => void) => {
    const { writes } = region;
    change();
    t.is(region.writes, writes);
  };
  silent(() => t.true(ledger.save()));
  ledger.consume(mWh(5), mWh(0), 200_000);
  t.true(ledger.save());
  silent(() => t.true(ledger.save()));
  ledger.acknowledge(3);
  t.true(ledger.save());
  ledger.acknowledge(3);
  ledger.consume(mWh(0), mWh(0), 200_000);
  silent(() => t.true(ledger.save()));
  t.true(ledger.remember({ switchings: 1 }));
  silent(() => t.true(ledger.remember({ switchings: 1 })));
  t.true(ledger.keepProfile(Uint8Array.of(1, 2)));
  silent(() => t.true(ledger.keepProfile(Uint8Array.of(1, 2))));
  t.is(open(region).acknowledged, 3);
});

test('energy weighs what its factor says, what is left of a mWh is carried, and the even factor leaves that alone', t => {
  const region = flash();
  const ledger = open(region);
  ledger.consume(mWh(10), mWh(0), 0, 1250);
  t.like(ledger.registers, { imported: 10, debited: 12, debitRemainder: 500 });
  ledger.consume(mWh(7), mWh(0), 0);
  t.like(ledger.registers, { imported: 17, debited: 19, debitRemainder: 500 });
  ledger.consume(mWh(2), mWh(3), 0, 1250, 450);
  t.like(ledger.registers, { imported: 19, exported: 3, debited: 22, debitRemainder: 0 });
  t.like(ledger.registers, { feedIn: 1, feedInRemainder: 350 });
  ledger.consume(mWh(0), mWh(2), 0, 1250);
  t.like(ledger.registers, { exported: 5, feedIn: 1, feedInRemainder: 350 });
  t.is(ledger.balance, mWh(1 - 22));
  t.true(ledger.save());
  t.deepEqual({ ...open(region).registers }, { ...ledger.registers });
});

test('whatever the energies and factors, the registers are the exact sums, rounded down, across restarts', t => {
  const energy = fc.oneof(fc.nat(2000), fc.integer({ min: 0, max: 2 ** 40 }));
  const factor = fc.oneof(fc.constantFrom(0, 1, 999, 1000, 1001, 65_535), fc.nat(65_535));
  const feedIn = fc.oneof(fc.constant(0), factor);
  const step = fc.record({ imported: energy, exported: energy, factor, feedIn, restart: fc.boolean() });
  fc.assert(
    fc.property(fc.array(step, { maxLength: 20 }), steps => {
      const region = flash();
      let ledger = open(region);
      const sums = { imported: 0n, exported: 0n, debited: 0n, feedIn: 0n };
      for (const { imported, exported, factor, feedIn, restart } of steps) {
        ledger.consume(mWh(imported), mWh(exported), 200_000, factor, feedIn);
        sums.imported += BigInt(imported);
        sums.exported += BigInt(exported);
        sums.debited += BigInt(imported) * BigInt(factor);
        sums.feedIn += BigInt(exported) * BigInt(feedIn);
        if (restart) ledger = ledger.save() ? open(region) : ledger;
        t.like(ledger.registers, {
          imported: Number(sums.imported),
          exported: Number(sums.exported),
          debited: Number(sums.debited / 1000n),
          feedIn: Number(sums.feedIn / 1000n),
          debitRemainder: Number(sums.debited % 1000n),
          feedInRemainder: Number(sums.feedIn % 1000n),
        });
      }
    }),
    { numRuns: 60 },
  );
});

test('no product of energy and factor is rounded, up to the largest that a register takes', t => {
  const most = MAX_ENERGY - (MAX_ENERGY % 7);
  for (const [energy, factor] of [
    [MAX_ENERGY, 999],
    [MAX_ENERGY, 1],
    [most, 1000],
    [4_294_967_295, 65_535],
    [4_295_032_831, 65_533],
  ] as const) {
    const ledger = open(flash());
    ledger.consume(mWh(energy), mWh(0), 0, factor);
    t.is(BigInt(ledger.registers.debited), (BigInt(energy) * BigInt(factor)) / 1000n);
  }
  t.throws(() => open(flash()).consume(MAX_ENERGY, mWh(0), 0, 1001), { message: /^debited: expected/ });
});

const BAND = { fromMinute: 1020, toMinute: 1260, days: 31, factor: 1500 };
const TARIFF = { version: 3, validFrom: 1_700_000_000, feedInFactor: 400, bands: [BAND] };

test('tariffs, supply memory and profile are there again after a restart, and after each roll of the ring', t => {
  const region = flash();
  const ledger = open(region);
  t.deepEqual([ledger.tariffs, ledger.supplyMemory], [[], INITIAL_MEMORY]);
  t.deepEqual(ledger.profile, new Uint8Array(0));
  t.true(ledger.setTariffs([TARIFF, { ...TARIFF, version: 4 }]));
  t.true(ledger.remember({ switchings: 7, emergencyAt: mWh(900), isTampered: true }));
  const profile = Uint8Array.from({ length: 100 }, (_, k) => k);
  t.true(ledger.keepProfile(profile));
  const expected = [ledger.tariffs, ledger.supplyMemory, profile];
  for (let run = 0; run < 12; run++) {
    const again = open(region);
    t.deepEqual([again.tariffs, again.supplyMemory, again.profile], expected);
    for (let k = 0; k < 12; k++) {
      again.consume(mWh(1), mWh(0), 0);
      t.true(again.save());
    }
  }
  t.true(open(region).setTariffs([]));
  t.deepEqual(open(region).tariffs, []);
});

test('what is remembered stands though the flash fails, tariffs and profile are as before', t => {
  const region = flash();
  const ledger = open(region);
  t.true(ledger.setTariffs([TARIFF]));
  t.true(ledger.keepProfile(Uint8Array.of(1)));
  for (let sector = 0; sector < 4; sector++) region.wearOut(sector, 'refuses');
  t.false(ledger.remember({ isUnarmed: true }));
  t.true(ledger.supplyMemory.isUnarmed);
  t.false(ledger.setTariffs([]));
  t.deepEqual(ledger.tariffs, [TARIFF]);
  t.false(ledger.keepProfile(Uint8Array.of(2)));
  t.deepEqual(ledger.profile, Uint8Array.of(1));
  t.is(ledger.fault, 'flash-failed');
  for (let sector = 0; sector < 4; sector++) region.wearOut(sector, undefined);
  t.true(ledger.remember({ switchings: 2 }));
  t.like(open(region).supplyMemory, { isUnarmed: true, switchings: 2 });
});

test('a profile of more than 256 bytes is misuse', t => {
  t.throws(() => open(flash()).keepProfile(new Uint8Array(257)), {
    message: 'profile: expected 256 bytes at most, got 257',
  });
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
      // Those of the first 15 s, and one for each 10 Wh and 10 s after.
      t.true(writes - start <= 4 + Math.min(energy / 8600, time / 9750), `${writes - start} writes`);
    }),
    { numRuns: 60 },
  );
});
