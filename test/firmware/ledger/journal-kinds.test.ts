import test from 'ava';
import fc from 'fast-check';
import { writeUint } from '../../../firmware/big-endian';
import { ascii, concat, toHex } from '../../../firmware/bytes';
import { crc32 } from '../../../firmware/ledger/crc32';
import { Journal } from '../../../firmware/ledger/journal';
import {
  encodeHeader,
  encodeRecord,
  encodeSector,
  type Snapshots,
} from '../../../firmware/ledger/journal-format';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { CountingRegion } from '../../../simulator/bench/counting-region';

const INITIAL: Snapshots = { settings: ascii('s0'), counters: ascii('c0') };
const ALL: Snapshots = { ...INITIAL, tariffs: ascii('t0'), memory: ascii('m0'), profile: ascii('p0') };
const KINDS = ['tariffs', 'memory', 'profile', 'settings', 'counters'] as const;
const SECTOR = 512;

function flash(sectors = 4, seed = 1): EmulatedFlash {
  return new EmulatedFlash({ size: sectors * SECTOR, sectorSize: SECTOR, prng: new Prng(seed) });
}

function open(region: EmulatedFlash): Journal {
  const journal = Journal.open(region, INITIAL);
  if (!journal.ok) throw new Error(`expected a journal, got ${journal.fault}`);
  return journal.value;
}

function textOf(snapshots: Snapshots): string {
  return KINDS.map(kind => String.fromCharCode(...(snapshots[kind] ?? ascii('-')))).join(' ');
}

/** One of each kind, and then counters until it has rolled over. */
function rolled(region: EmulatedFlash): Journal {
  const journal = open(region);
  for (const kind of KINDS) journal.save(kind, ascii(`${kind[0]}1`));
  while (region.erases[1] !== 1) journal.save('counters', ascii('c2'));
  return journal;
}

test('a fresh sector holds what else there is before the settings, and counters last', t => {
  const region = flash();
  rolled(region);
  const kinds = [16, 28, 40, 52, 64].map(at => String.fromCharCode(...region.read(SECTOR + at, 1)));
  t.is(kinds.join(''), 'TMPSC');
  t.is(textOf(open(region).snapshots), 't1 m1 p1 s1 c2');
});

test('a kind that was never saved takes no room', t => {
  const region = flash();
  open(region);
  t.is(toHex(region.read(0, 40)), toHex(encodeSector(1, INITIAL, SECTOR)));
  t.is(textOf(open(region).snapshots), '- - - s0 c0');
});

test('records of a kind that nobody knows yet are passed over, where a sector begins and behind', t => {
  const region = flash();
  const image = encodeSector(5, ALL, SECTOR);
  const foreign = foreignRecord(5);
  region.write(0, concat(image.subarray(0, 16), foreign, image.subarray(16), foreign));
  t.is(textOf(open(region).snapshots), 't0 m0 p0 s0 c0');
});

function foreignRecord(sequence: number): Uint8Array {
  const record = encodeRecord('profile', ascii('x0'), sequence).subarray(0, 9);
  record[0] = 0x58;
  writeUint(record, 5, 4, crc32(record.subarray(0, 5), sequence));
  return concat(record, new Uint8Array(3).fill(0xff));
}

test('a firmware that knows settings and counters alone leaves the others behind, and none comes back later', t => {
  const region = flash();
  rolled(region);
  region.erase(2);
  region.write(2 * SECTOR, encodeSector(9, { settings: ascii('s8'), counters: ascii('c8') }, SECTOR));
  t.is(textOf(open(region).snapshots), '- - - s8 c8');
});

test('where a kind is bad in the sector in force, that of the sector before it stands, whichever bit it is', t => {
  for (const [at, expected] of [
    [16, 't1 m1 p1 s1 c2'],
    [28, 't1 m1 p1 s1 c2'],
    [40, 't1 m1 p1 s1 c2'],
    [52, 't1 m1 p1 s1 c2'],
  ] as const)
    for (let bit = 0; bit < 8 * 9; bit++) {
      const region = flash();
      const journal = rolled(region);
      journal.save('counters', ascii('c2'));
      region.damage(SECTOR + at + (bit >> 3), 1 << (bit & 7));
      t.is(textOf(open(region).snapshots), expected, `offset ${at}, bit ${bit}`);
      t.is(textOf(open(region).snapshots), expected, 'and from then on');
    }
});

test('a fresh sector of which anything is bad does not count, and the state before it is in one sector still', t => {
  for (const at of [16, 28, 40, 52, 64])
    for (let bit = 0; bit < 8 * 9; bit++) {
      const region = flash(2);
      rolled(region);
      region.damage(SECTOR + at + (bit >> 3), 1 << (bit & 7));
      const counting = new CountingRegion(region);
      const journal = Journal.open(counting, INITIAL);
      t.true(journal.ok && textOf(journal.value.snapshots) === 't1 m1 p1 s1 c2', `offset ${at}, bit ${bit}`);
      t.deepEqual(region.erases, [1, 2]);
    }
});

test('a kind that two sectors in a row have lost is found in the third', t => {
  const region = flash();
  const journal = rolled(region);
  while (region.erases[2] !== 1) journal.save('counters', ascii('c3'));
  for (const sector of [1, 2]) region.damage(sector * SECTOR + 20);
  t.is(textOf(open(region).snapshots), 't1 m1 p1 s1 c3');
});

test('of settings and counters either may be lost, where something else shows that the sector did count', t => {
  for (const at of [52, 64]) {
    const region = flash();
    rolled(region).save('memory', ascii('m2'));
    region.damage(SECTOR + at);
    t.is(textOf(open(region).snapshots), 't1 m2 p1 s1 c2');
  }
});

test('whatever a region holds, opening makes no more reads than 7 for each sector and one', t => {
  const record = fc.record({
    kind: fc.constantFrom(...KINDS, 'payload' as const),
    length: fc.nat(40),
    sequence: fc.nat(3),
    isBad: fc.boolean(),
  });
  const sector = fc.record({
    isHeaded: fc.boolean(),
    sequence: fc.nat(3),
    records: fc.array(record, { maxLength: 8 }),
    noise: fc.option(fc.nat(SECTOR - 1), { nil: undefined }),
  });
  fc.assert(
    fc.property(fc.array(sector, { minLength: 2, maxLength: 16 }), fc.nat(), (sectors, seed) => {
      const region = flash(sectors.length, seed);
      sectors.forEach(({ isHeaded, sequence, records, noise }, k) => {
        const parts = records.map(({ kind, length, sequence, isBad }) => {
          const bytes = encodeRecord(kind, new Uint8Array(length), sequence);
          if (isBad) bytes[4] = 0;
          return bytes;
        });
        const image = concat(...(isHeaded ? [encodeHeader(sequence)] : []), ...parts).subarray(0, SECTOR);
        region.write(k * SECTOR, image);
        if (noise !== undefined) region.damage(k * SECTOR + noise);
      });
      const counting = new CountingRegion(region);
      Journal.open(counting, INITIAL);
      t.true(
        counting.reads <= 7 * sectors.length + 1,
        `${counting.reads} reads of ${sectors.length} sectors`,
      );
    }),
    { numRuns: 400 },
  );
});

test('where nothing is damaged, opening reads the headers, one sector, and what it writes once more', t => {
  const region = flash(16);
  const journal = rolled(region);
  while (region.erases[15] !== 1) journal.save('counters', ascii('c3'));
  while (region.erases[0] === 1 && region.erases[15] === 1) journal.save('counters', ascii('c4'));
  const counting = new CountingRegion(region);
  t.true(Journal.open(counting, INITIAL).ok);
  t.is(counting.reads, 16 + 1 + 6 + 1);
});
