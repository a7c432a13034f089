import test from 'ava';
import { equal } from '../../../firmware/bytes';
import { EmulatedFlash, emulatedFlash, PowerLost } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

function flash(seed = 1): EmulatedFlash {
  return new EmulatedFlash({ size: 1024, sectorSize: 256, prng: new Prng(seed) });
}

test('a write clears bits, an erase sets those of its sector, and both are counted', t => {
  const region = flash();
  t.true(region.write(254, Uint8Array.of(0x0f, 0x55, 0xaa)));
  t.true(region.write(254, Uint8Array.of(0x0e, 0x11, 0xaa)));
  t.deepEqual(region.read(253, 5), Uint8Array.of(0xff, 0x0e, 0x11, 0xaa, 0xff));
  t.true(region.erase(0));
  t.deepEqual(region.read(253, 5), Uint8Array.of(0xff, 0xff, 0xff, 0xaa, 0xff));
  t.deepEqual([region.writes, region.erases, region.power.operations], [2, [1, 0, 0, 0], 3]);
});

test('a write that would set a bit is misuse, and says where', t => {
  const region = flash();
  region.write(10, Uint8Array.of(0xfe));
  t.throws(() => region.write(8, Uint8Array.of(0, 0, 1)), { message: /clear bits only.*at 10/ });
});

test('a call beyond the region is misuse', t => {
  const region = flash();
  t.throws(() => region.read(1020, 5), { instanceOf: RangeError });
  t.throws(() => region.write(1024, Uint8Array.of(0)), { instanceOf: RangeError });
  t.throws(() => region.erase(4), { instanceOf: RangeError });
});

test('a cut comes at the operation it was planned for, and every call fails until the reboot', t => {
  const { ledger, log, power } = emulatedFlash(1);
  power.cutAt(2);
  t.true(ledger.write(0, Uint8Array.of(0)));
  t.throws(() => log.erase(0), { instanceOf: PowerLost });
  for (const call of [() => ledger.read(0, 1), () => ledger.write(0, Uint8Array.of(0)), () => log.erase(1)])
    t.throws(call, { instanceOf: PowerLost });
  power.reboot();
  t.deepEqual(ledger.read(0, 1), Uint8Array.of(0));
  t.true(log.erase(0));
});

test('cuts tear in every way: undone, done, partly done, and reading differently twice', t => {
  const seen = new Set<string>();
  for (let seed = 1; seed <= 200; seed++) {
    for (const erase of [false, true]) {
      const region = flash(seed);
      if (erase) region.write(0, new Uint8Array(256));
      const before = region.read(0, 256);
      region.power.cutAt(1);
      t.throws(() => (erase ? region.erase(0) : region.write(0, new Uint8Array(256))), {
        instanceOf: PowerLost,
      });
      region.power.reboot();
      const reads = Array.from({ length: 8 }, () => region.read(0, 256));
      const first = reads[0] as Uint8Array;
      const wavers = reads.some(read => !equal(read, first));
      const done = first.every(byte => byte === (erase ? 0xff : 0));
      seen.add(
        `${erase ? 'erase' : 'write'} ${wavers ? 'wavers' : done ? 'done' : equal(first, before) ? 'undone' : 'part'}`,
      );
    }
  }
  t.is(seen.size, 8, [...seen].join(', '));
});

test('a bit that wavers is firm once it is cleared or erased', t => {
  for (let seed = 1; seed <= 50; seed++) {
    const region = flash(seed);
    region.power.cutAt(1);
    t.throws(() => region.write(0, new Uint8Array(64)), { instanceOf: PowerLost });
    region.power.reboot();
    if (seed % 2 === 0) region.write(0, new Uint8Array(64));
    else region.erase(0);
    for (let k = 0; k < 5; k++)
      t.true(region.read(0, 64).every(byte => byte === (seed % 2 === 0 ? 0 : 0xff)));
  }
});

test('the same seed tears and wavers alike', t => {
  const reads = [1, 2].map(() => {
    const region = flash(7);
    region.power.cutAt(1);
    t.throws(() => region.write(0, new Uint8Array(64)));
    region.power.reboot();
    return [region.read(0, 64), region.read(0, 64)];
  });
  t.deepEqual(reads[0], reads[1]);
});

test('a worn sector changes no more, and says so or not', t => {
  const region = flash();
  region.write(0, Uint8Array.of(0x0f));
  region.wearOut(0, 'refuses');
  t.deepEqual([region.write(0, Uint8Array.of(0)), region.erase(0)], [false, false]);
  region.wearOut(0, 'ignores');
  t.deepEqual([region.write(0, Uint8Array.of(0)), region.erase(0)], [true, true]);
  t.deepEqual(region.read(0, 1), Uint8Array.of(0x0f));
  region.wearOut(0, undefined);
  t.true(region.erase(0));
  t.deepEqual(region.read(0, 1), Uint8Array.of(0xff));
});

for (const [call, other] of [
  ['write', 'erase'],
  ['erase', 'write'],
] as const) {
  test(`a sector whose ${call}s fail does some of each, says so or not, and ${other}s as ever`, t => {
    for (const outcome of ['refused', 'short'] as const) {
      const region = flash();
      const zeros = new Uint8Array(256);
      if (call === 'erase') region.write(0, zeros);
      region.wearOut(0, `${call}-${outcome}`);
      t.is(call === 'write' ? region.write(0, zeros) : region.erase(0), outcome === 'short');
      const done = region.read(0, 256).filter(byte => byte === (call === 'write' ? 0 : 0xff)).length;
      t.true(done > 0 && done < 256, `${done} bytes`);
      t.true(call === 'write' ? region.erase(0) : region.write(0, zeros));
      t.deepEqual(region.read(0, 256), call === 'write' ? new Uint8Array(256).fill(0xff) : zeros);
    }
  });
}

test('a sector fails once it had the erases that it is good for, and no other does', t => {
  const endurance = { erases: 3, wear: 'refuses' } as const;
  const region = new EmulatedFlash({ size: 512, sectorSize: 256, prng: new Prng(1), endurance });
  t.deepEqual(
    [1, 2, 3, 4, 5].map(() => region.erase(0)),
    [true, true, true, false, false],
  );
  t.true(region.erase(1));
});

test('a stuck bit reads as it is stuck, whatever is written or erased', t => {
  const region = flash();
  region.stick(4, 0x01, 0);
  region.stick(4, 0x80, 1);
  t.deepEqual(region.read(3, 3), Uint8Array.of(0xff, 0xfe, 0xff));
  t.true(region.write(4, Uint8Array.of(0x00)));
  t.deepEqual(region.read(4, 1), Uint8Array.of(0x80));
  t.true(region.erase(0));
  t.deepEqual(region.read(4, 1), Uint8Array.of(0xfe));
});

test('a weak bit reads wrong as often as it should, and only that bit', t => {
  const region = flash();
  region.weaken(9, 0x10, 0.25);
  let wrong = 0;
  for (let k = 0; k < 1000; k++) {
    const [byte] = region.read(9, 1);
    t.true(byte === 0xff || byte === 0xef);
    if (byte === 0xef) wrong++;
  }
  t.true(wrong > 180 && wrong < 320, `${wrong} of 1000`);
});
