import { createHash } from 'node:crypto';
import test from 'ava';
import fc from 'fast-check';
import { type DigestOf, type EntryKind, EntryLog, type LogEntry } from '../../../firmware/link/log';
import { EmulatedFlash, type Wear } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';

const SECTOR = 1024;

const digestOf: DigestOf = (kind, sequence, body, previous) =>
  new Uint8Array(createHash('sha256').update(`${kind} ${sequence}`).update(body).update(previous).digest());

class CountingFlash extends EmulatedFlash {
  bytesRead = 0;

  override read(offset: number, length: number): Uint8Array {
    this.bytesRead += length;
    return super.read(offset, length);
  }
}

function flash(sectors = 4, sectorSize = SECTOR): CountingFlash {
  return new CountingFlash({ size: sectors * sectorSize, sectorSize, prng: new Prng(1) });
}

function open(region: EmulatedFlash): EntryLog {
  const log = EntryLog.open(region, digestOf);
  if (!log.ok) throw new Error(`expected a log, got ${log.fault}`);
  return log.value;
}

/** The body that the tests give to an entry: 140 bytes for a reading, 60 for an event. */
function bodyOf(kind: EntryKind, sequence: number): Uint8Array {
  const body = new Uint8Array(kind === 'reading' ? 140 : 60).fill(sequence);
  new DataView(body.buffer).setUint32(0, sequence);
  return body;
}

function append(log: EntryLog, kind: EntryKind): void {
  const sequence = log.head(kind).sequence + 1;
  if (!log.append(kind, sequence, bodyOf(kind, sequence)))
    throw new Error(`${kind} ${sequence} was not kept`);
}

/** The digests of a whole chain of test bodies; [0] is what precedes the first. */
function chainOf(kind: EntryKind, length: number): Uint8Array[] {
  const digests: Uint8Array[] = [new Uint8Array(32)];
  for (let k = 1; k <= length; k++)
    digests.push(digestOf(kind, k, bodyOf(kind, k), digests[k - 1] as Uint8Array));
  return digests;
}

function expected(kind: EntryKind, from: number, to: number): LogEntry[] {
  const digests = chainOf(kind, to);
  return Array.from({ length: Math.max(0, to - from + 1) }, (_, k) => ({
    sequence: from + k,
    body: bodyOf(kind, from + k),
    previous: digests[from + k - 1] as Uint8Array,
    digest: digests[from + k] as Uint8Array,
  }));
}

test('an empty log has no head, keeps nothing, and costs flash nothing', t => {
  const region = flash();
  const log = open(region);
  t.deepEqual(log.head('reading'), { sequence: 0, digest: new Uint8Array(32) });
  t.is(log.oldest('event'), 1);
  t.deepEqual([...log.entries('reading', 1)], []);
  t.is(region.power.operations, 0);
});

test('the first sector reads as the layout says, byte for byte', t => {
  const region = flash();
  open(region).append('event', 1, Uint8Array.of(0xaa, 0xbb));
  const hex = Buffer.from(region.read(0, 112)).toString('hex');
  t.is(
    hex,
    `4d33454c0000000100000001${'00'.repeat(72)}47e27aeb45000200000001e2aabb2c7f951d${'ff'.repeat(10)}`,
  );
});

test('both kinds are numbered and chained apart, and come back in order, from flash too', t => {
  const region = flash();
  const log = open(region);
  for (let k = 1; k <= 6; k++) {
    append(log, 'reading');
    if (k % 2 === 0) append(log, 'event');
  }
  for (const view of [log, open(region)]) {
    t.deepEqual([...view.entries('reading', 1)], expected('reading', 1, 6));
    t.deepEqual([...view.entries('reading', 4)], expected('reading', 4, 6));
    t.deepEqual([...view.entries('event', 0)], expected('event', 1, 3));
    t.deepEqual([...view.entries('event', 4)], []);
    t.deepEqual(view.head('event'), { sequence: 3, digest: chainOf('event', 3)[3] as Uint8Array });
  }
});

test('any bodies of any length that fits come back as they were', t => {
  const entry = fc.record({
    kind: fc.constantFrom<EntryKind>('reading', 'event'),
    body: fc.uint8Array({ maxLength: 400 }),
    reboot: fc.boolean(),
  });
  fc.assert(
    fc.property(fc.array(entry, { maxLength: 12 }), entries => {
      const region = flash(16);
      let log = open(region);
      for (const { kind, body, reboot } of entries) {
        if (reboot) log = open(region);
        t.true(log.append(kind, log.head(kind).sequence + 1, body));
      }
      for (const kind of ['reading', 'event'] as const) {
        const kept = [...open(region).entries(kind, 1)].map(({ body }) => body);
        t.deepEqual(
          kept,
          entries.filter(one => one.kind === kind).map(({ body }) => body),
        );
      }
    }),
    { numRuns: 60 },
  );
});

test('512 KiB keep 30 days of readings every 15 minutes, with 10 events a day beside them', t => {
  const region = flash(128, 4096);
  const log = open(region);
  for (let k = 1; k <= 6000; k++) {
    append(log, 'reading');
    if (k % 10 === 0) append(log, 'event');
  }
  t.true(6000 - log.oldest('reading') >= 2880, `kept from ${log.oldest('reading')}`);
  const kept = [...open(region).entries('reading', 6000 - 2880)];
  t.deepEqual([kept[0]?.sequence, kept.length], [6000 - 2880, 2881]);
  t.deepEqual(kept.at(-1)?.digest, chainOf('reading', 6000).at(-1));
  const erases = region.erases;
  t.true(Math.max(...erases) - Math.min(...erases) <= 1, 'the wear is not even');
});

test('finding an entry costs no more than the reading of a sector or two', t => {
  const region = flash(128, 4096);
  const log = open(region);
  for (let k = 1; k <= 4000; k++) append(log, 'reading');
  for (const from of [log.oldest('reading'), 2000, 3999]) {
    region.bytesRead = 0;
    t.is(log.entries('reading', from).next().value?.sequence, from);
    t.true(region.bytesRead < 2 * 4096, `${region.bytesRead} bytes for ${from}`);
  }
  append(log, 'event');
  region.bytesRead = 0;
  t.is(log.oldest('event'), 1);
  t.true(
    region.bytesRead < 128 * 88 + 2 * 4096,
    `${region.bytesRead} bytes for a kind that few sectors hold`,
  );
});

test('a full ring drops its oldest sector, also under someone who reads it', t => {
  const log = open(flash());
  for (let k = 0; k < 10; k++) append(log, 'reading');
  const reader = log.entries('reading', 1);
  t.is(reader.next().value?.sequence, 1);
  for (let k = 0; k < 30; k++) append(log, 'reading');
  const oldest = log.oldest('reading');
  t.true(oldest > 10);
  t.deepEqual([...reader], expected('reading', oldest, 40));
});

test('entries that are appended while reading are read as well', t => {
  const log = open(flash());
  append(log, 'reading');
  const seen: number[] = [];
  for (const { sequence } of log.entries('reading', 1)) {
    seen.push(sequence);
    if (sequence < 12) append(log, 'reading');
  }
  t.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12]);
});

test('hundreds of boots that append one entry each do not use up the ring', t => {
  const region = flash(128, 4096);
  for (let k = 0; k < 300; k++) append(open(region), 'event');
  t.is(open(region).oldest('event'), 1);
  t.true(region.writes < 300 * 8, `${region.writes} writes`);
});

test('a damaged entry takes those behind it in its sector along, and no others', t => {
  const region = flash(8);
  const log = open(region);
  for (let k = 0; k < 24; k++) append(log, 'reading');
  region.damage(SECTOR + 88 + 152 + 20);
  const kept = [...open(region).entries('reading', 1)];
  t.deepEqual(kept, [
    ...expected('reading', 1, 6),
    ...expected('reading', 7, 24).filter(({ sequence }) => sequence === 7 || sequence > 12),
  ]);
});

test('a damaged sector header loses that sector only', t => {
  const region = flash(8);
  const log = open(region);
  for (let k = 0; k < 24; k++) append(log, 'reading');
  region.damage(SECTOR + 20);
  const kept = [...open(region).entries('reading', 8)];
  t.deepEqual(kept, expected('reading', 13, 24));
});

test('behind damage in the newest sector a new one is begun, so that nothing new is lost with it', t => {
  for (const known of [1, 4]) {
    const region = flash(8);
    for (let log = open(region), k = 0; k < 4; k++) append(log, 'reading');
    region.damage(88 + 152 + 20);
    const log = open(region);
    t.is(log.head('reading').sequence, 1);
    log.continueFrom('reading', { sequence: known, digest: chainOf('reading', 4)[known] as Uint8Array });
    append(log, 'reading');
    const kept = [...open(region).entries('reading', 1)];
    t.deepEqual(kept, [...expected('reading', 1, 1), ...expected('reading', known + 1, known + 1)]);
  }
});

test('a chain goes on from a head that was kept elsewhere when the log was lost', t => {
  const region = flash();
  const head = { sequence: 500, digest: new Uint8Array(32).fill(9) };
  const log = open(region);
  append(log, 'event');
  log.continueFrom('reading', head);
  t.is(log.oldest('reading'), 501);
  t.deepEqual([...log.entries('reading', 1)], []);
  append(log, 'reading');
  append(log, 'event');
  const again = open(region);
  t.is(again.head('reading').sequence, 501);
  const [entry] = [...again.entries('reading', 1)];
  t.deepEqual([entry?.sequence, entry?.previous], [501, head.digest]);
  t.is([...again.entries('event', 1)].length, 2);
});

test('a head from elsewhere that the log has or has passed changes nothing', t => {
  const log = open(flash());
  append(log, 'reading');
  append(log, 'reading');
  const head = log.head('reading');
  log.continueFrom('reading', { sequence: 1, digest: new Uint8Array(32) });
  log.continueFrom('reading', { sequence: 2, digest: head.digest.slice() });
  t.is(log.head('reading'), head);
  t.deepEqual(head.digest, chainOf('reading', 2)[2]);
});

test('a head whose digest was made in a former name is what the next entry follows, also after a restart', t => {
  const region = flash();
  const log = open(region);
  append(log, 'reading');
  append(log, 'reading');
  const head = { sequence: 2, digest: new Uint8Array(32).fill(7) };
  log.continueFrom('reading', head);
  append(log, 'reading');
  const [entry] = [...open(region).entries('reading', 3)];
  t.deepEqual([entry?.sequence, entry?.previous], [3, head.digest]);
});

test('a region that a later format was written to is a fault, and is left as it is', t => {
  const region = flash();
  append(open(region), 'reading');
  const header = Buffer.from(`4d33454c0000000200000009${'00'.repeat(72)}0d0464f0`, 'hex');
  region.write(2 * SECTOR, Uint8Array.from(header));
  const operations = region.power.operations;
  t.deepEqual(EntryLog.open(region, digestOf), { ok: false, fault: 'newer-format' });
  t.is(region.power.operations, operations);
});

test('whatever stands in the region, opening and reading do not throw', t => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 0, maxLength: 300 }), fc.nat(3 * SECTOR), (noise, offset) => {
      const region = flash();
      for (let log = open(region), k = 0; k < 15; k++) append(log, 'reading');
      noise.forEach((mask, k) => {
        region.damage(offset + k, mask);
      });
      const log = open(region);
      const kept = [...log.entries('reading', 0)];
      t.deepEqual(
        kept,
        expected('reading', 1, 15).filter(({ sequence }) => kept.some(one => one.sequence === sequence)),
      );
      append(log, 'reading');
    }),
    { numRuns: 200 },
  );
});

for (const wear of ['refuses', 'ignores'] satisfies Wear[]) {
  test(`a sector that ${wear} is passed over, and costs no entry`, t => {
    const region = flash();
    region.wearOut(1, wear);
    const log = open(region);
    for (let k = 0; k < 16; k++) append(log, 'reading');
    t.deepEqual([...open(region).entries('reading', 1)], expected('reading', 1, 16));
  });

  test(`where every sector ${wear}, an entry is refused and the head stays`, t => {
    const region = flash(8);
    const log = open(region);
    append(log, 'reading');
    for (let sector = 0; sector < 8; sector++) region.wearOut(sector, wear);
    t.false(log.append('reading', 2, bodyOf('reading', 2)));
    t.is(log.head('reading').sequence, 1);
    t.deepEqual([...open(region).entries('reading', 1)], expected('reading', 1, 1));
  });
}

test('a sequence out of turn, a body too long and a region of one sector are misuse', t => {
  const log = open(flash());
  t.throws(() => log.append('reading', 2, new Uint8Array(1)), { message: /expected reading 1, got 2/ });
  t.throws(() => log.append('event', 1, new Uint8Array(SECTOR)), { message: /916 bytes at most, got 1024/ });
  t.throws(() => open(flash(1)), { message: /2 sectors at least/ });
});
