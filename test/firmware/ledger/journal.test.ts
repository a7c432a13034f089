import test from 'ava';
import { ascii, toHex } from '../../../firmware/bytes';
import { Journal } from '../../../firmware/ledger/journal';
import type { Snapshots } from '../../../firmware/ledger/journal-format';
import { EmulatedFlash, type Wear } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

const INITIAL: Snapshots = { settings: ascii('s0'), counters: ascii('c0') };
const SECTOR = 512;

function flash(sectors = 4): EmulatedFlash {
  return new EmulatedFlash({ size: sectors * SECTOR, sectorSize: SECTOR, prng: new Prng(1) });
}

function open(region: EmulatedFlash): Journal {
  const journal = Journal.open(region, INITIAL);
  if (!journal.ok) throw new Error(`expected a journal, got ${journal.fault}`);
  return journal.value;
}

function faultOf(region: EmulatedFlash): string {
  const journal = Journal.open(region, INITIAL);
  return journal.ok ? 'none' : journal.fault;
}

function contents(region: EmulatedFlash): string {
  return toHex(region.read(0, region.size));
}

test('the first sector reads as the layout says, byte for byte', t => {
  const region = flash();
  open(region);
  t.is(
    toHex(region.read(0, 48)),
    '4d334c4700000001000000011083cdaa5300027330a5bea541ffffff43000263308f9c2092ffffffffffffffffffffff',
  );
});

test('counters of 41 bytes take 48 on flash', t => {
  const region = flash();
  const journal = open(region);
  const blank = () => region.read(0, SECTOR).filter(byte => byte === 0xff).length;
  const before = blank();
  t.true(journal.save('counters', new Uint8Array(41)));
  t.is(before - blank(), 48);
});

test('the last of each kind is what a later opening finds', t => {
  const region = flash();
  const journal = open(region);
  for (let k = 1; k <= 200; k++) {
    t.true(journal.save('counters', ascii(`c${k}`)));
    if (k % 7 === 0) t.true(journal.save('settings', ascii(`s${k}`)));
  }
  const again = open(region);
  t.deepEqual([again.snapshots.settings, again.snapshots.counters], [ascii('s196'), ascii('c200')]);
});

test('a region that was in use and cannot be read is a fault, and is left as it is', t => {
  const region = flash();
  const journal = open(region);
  for (let k = 0; k < 200; k++) journal.save('counters', ascii(`c${k}`));
  for (let sector = 0; sector < 4; sector++) region.damage(sector * SECTOR + 9);
  const before = contents(region);
  t.is(faultOf(region), 'corrupt');
  t.is(contents(region), before);
});

test('a region with two foreign bytes is not taken for an unused one', t => {
  const region = flash();
  region.damage(3 * SECTOR + 100);
  region.damage(3 * SECTOR + 200, 1);
  t.is(faultOf(region), 'corrupt');
});

test('stuck bits, up to eight in each sector, do not keep an unused region from being one', t => {
  const region = flash();
  for (let sector = 0; sector < 4; sector++) region.stick(sector * SECTOR + 200, 0xff, 0);
  const journal = open(region);
  for (let k = 1; k <= 10; k++) t.true(journal.save('counters', ascii(`c${k}`)));
  t.deepEqual(open(region).snapshots.counters, ascii('c10'));
});

test('a region that a later format was written to is a fault, and is left as it is', t => {
  const region = flash();
  open(region);
  // The header with format 2 and its CRC, in another sector than the present one.
  region.write(3 * SECTOR, Uint8Array.from(Buffer.from('4d334c47000000020000000959f83f48', 'hex')));
  const before = contents(region);
  t.is(faultOf(region), 'newer-format');
  t.is(contents(region), before);
});

test('a damaged record costs only itself', t => {
  const region = flash();
  const journal = open(region);
  const start = 16 + 12 + 12;
  for (const counters of ['c1', 'c2', 'c3']) journal.save('counters', ascii(counters));
  region.damage(start + 12 + 4);
  t.deepEqual(open(region).snapshots.counters, ascii('c3'));
});

/** A journal that has rolled over, with the settings only where each of its sectors begins. */
function rolled(region: EmulatedFlash): Journal {
  const journal = open(region);
  for (let k = 1; region.erases[3] !== 1; k++) journal.save('counters', ascii(`c${k}`));
  for (let k = 1; k <= 5; k++) journal.save('counters', ascii(`d${k}`));
  return journal;
}

test('whichever bit of the header in force is inverted, the state is the same', t => {
  for (let bit = 0; bit < 8 * 16; bit++) {
    const region = flash();
    rolled(region);
    region.damage(3 * SECTOR + (bit >> 3), 1 << (bit & 7));
    const again = open(region);
    t.deepEqual(
      [again.snapshots.settings, again.snapshots.counters],
      [ascii('s0'), ascii('d5')],
      `bit ${bit}`,
    );
    t.deepEqual(open(region).snapshots.counters, ascii('d5'));
  }
});

test('whichever byte of the last record is bad, the one before it stands', t => {
  for (let k = 0; k < 9; k++) {
    const region = flash();
    rolled(region);
    region.damage(3 * SECTOR + 16 + 12 + 12 + 4 * 12 + k, 0x18);
    t.deepEqual(open(region).snapshots.counters, ascii('d4'), `byte ${k}`);
  }
});

test('where the only settings of the sector in force are bad, those of the sector before it stand', t => {
  const region = flash();
  rolled(region);
  for (let k = 0; k < 12; k++) region.damage(3 * SECTOR + 16 + k, 0x5a);
  for (let boot = 0; boot < 3; boot++) {
    const { settings, counters } = open(region).snapshots;
    t.deepEqual([settings, counters], [ascii('s0'), ascii('d5')]);
  }
});

test('where the only counters of the sector in force are bad, those of the sector before it stand', t => {
  const region = flash();
  const journal = open(region);
  for (let k = 1; region.erases[1] !== 1; k++) journal.save('counters', ascii(`c${k}`));
  for (const settings of ['s1', 's2', 's3']) journal.save('settings', ascii(settings));
  const last = journal.snapshots.counters;
  for (let k = 0; k < 12; k++) region.damage(SECTOR + 16 + 12 + k, 0x5a);
  for (let boot = 0; boot < 3; boot++) {
    const { settings, counters } = open(region).snapshots;
    t.deepEqual([settings, counters.length], [ascii('s3'), last.length]);
    t.true(counters.join() !== 'c0');
  }
});

test('a bit that reads wrong now and then costs nothing', t => {
  for (let seed = 1; seed <= 40; seed++) {
    const region = new EmulatedFlash({ size: 4 * SECTOR, sectorSize: SECTOR, prng: new Prng(seed) });
    rolled(region);
    for (const at of [5, 16 + 12 + 12 + 4 * 12 + 4]) region.weaken(3 * SECTOR + at, 1, 0.2);
    const again = open(region);
    t.deepEqual(
      [again.snapshots.settings, again.snapshots.counters],
      [ascii('s0'), ascii('d5')],
      `seed ${seed}`,
    );
  }
});

test('a record from a former life of a sector is not believed', t => {
  const region = flash(2);
  const journal = open(region);
  for (const counters of ['c1', 'c2']) journal.save('counters', ascii(counters));
  const c1 = region.read(16 + 24, 12);
  // Sector 1 with sequence 2, then sector 0 with sequence 3.
  open(region);
  open(region);
  t.true(region.write(16 + 24, c1));
  t.deepEqual(open(region).snapshots.counters, ascii('c2'));
});

test('boots and rolls wear all sectors alike', t => {
  const region = flash();
  for (let k = 0; k < 40; k++) open(region);
  t.deepEqual(region.erases, [10, 10, 10, 10]);
});

for (const wear of ['refuses', 'ignores'] satisfies Wear[]) {
  test(`a sector that ${wear} is passed over, and two that work keep the journal going`, t => {
    const region = flash();
    region.wearOut(1, wear);
    const journal = open(region);
    for (let k = 1; k <= 200; k++) t.true(journal.save('counters', ascii(`c${k}`)));
    region.wearOut(3, wear);
    for (let k = 201; k <= 400; k++) t.true(journal.save('counters', ascii(`c${k}`)));
    t.deepEqual(open(region).snapshots.counters, ascii('c400'));
  });

  test(`where every sector ${wear}, saving fails and the last state stands`, t => {
    const region = flash();
    const journal = open(region);
    t.true(journal.save('counters', ascii('c1')));
    for (let sector = 0; sector < 4; sector++) region.wearOut(sector, wear);
    t.false(journal.save('counters', ascii('c2')));
    t.false(journal.save('counters', ascii('c3')));
    t.deepEqual(journal.snapshots.counters, ascii('c1'));
    t.is(faultOf(region), 'flash-failed');
  });
}

test('a record that a sector did not take is not followed by another', t => {
  const region = flash();
  const journal = open(region);
  region.wearOut(0, 'ignores');
  t.true(journal.save('counters', ascii('c1')));
  t.deepEqual(open(region).snapshots.counters, ascii('c1'));
});

test('the sector with the state is not given up when no other works', t => {
  const region = flash();
  const journal = open(region);
  for (let sector = 1; sector < 4; sector++) region.wearOut(sector, 'refuses');
  let saved = 0;
  while (saved < 100 && journal.save('counters', ascii(`c${saved + 1}`))) saved++;
  t.is(region.erases[0], 1);
  for (let sector = 1; sector < 4; sector++) region.wearOut(sector, undefined);
  t.deepEqual(open(region).snapshots.counters, ascii(`c${saved}`));
});

test('what is said to be saved after a failure is found again', t => {
  const region = flash();
  const journal = open(region);
  for (let sector = 1; sector < 4; sector++) region.wearOut(sector, 'refuses');
  for (let k = 0; k < 5; k++) t.true(journal.save('counters', ascii('c0')));
  t.false(journal.save('settings', new Uint8Array(440)));
  const saved = journal.save('counters', ascii('c1'));
  for (let sector = 1; sector < 4; sector++) region.wearOut(sector, undefined);
  t.deepEqual(open(region).snapshots.counters, ascii(saved ? 'c1' : 'c0'));
  t.true(journal.save('counters', ascii('c2')), 'and it goes on when the flash does');
});

test('snapshots that no sector can hold, and a region of one sector, are misuse', t => {
  t.throws(() => Journal.open(flash(1), INITIAL), { message: /2 sectors at least, got 512 bytes/ });
  const journal = open(flash());
  t.throws(() => journal.save('settings', new Uint8Array(SECTOR)), { message: /sector of 512, got/ });
});
