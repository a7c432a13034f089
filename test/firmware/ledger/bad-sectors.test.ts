import test from 'ava';
import fc from 'fast-check';
import { ascii } from '../../../firmware/bytes';
import { Journal } from '../../../firmware/ledger/journal';
import type { Snapshots } from '../../../firmware/ledger/journal-format';
import type { Ledger } from '../../../firmware/ledger/ledger';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from './cuts';
import { boot, consume, credit, type Knowledge, nothingKnown, order } from './ledger-knowledge';
import { SECTOR_FAULTS, type SectorFault, sectorsOf, spoil } from './sector-faults';

const SECTOR = 512;
const INITIAL: Snapshots = { settings: ascii('s0'), counters: ascii('c0') };

function flash(sectors = 4, seed = 1): EmulatedFlash {
  return new EmulatedFlash({ size: sectors * SECTOR, sectorSize: SECTOR, prng: new Prng(seed) });
}

function open(region: EmulatedFlash, onRetired?: (sector: number) => void): Journal {
  const journal = Journal.open(region, INITIAL, undefined, onRetired);
  if (!journal.ok) throw new Error(`expected a journal, got ${journal.fault}`);
  return journal.value;
}

/** Several times round the ring. */
function saveMany(journal: Journal, name: string, count: number): Uint8Array {
  for (let k = 1; k <= count; k++)
    if (!journal.save(k % 9 === 0 ? 'settings' : 'counters', ascii(`${name}${k}`)))
      throw new Error(`${name}${k} was not kept`);
  const last = ascii(`${name}-last`);
  if (!journal.save('counters', last)) throw new Error('the last was not kept');
  return last;
}

for (const fault of SECTOR_FAULTS) {
  test(`a sector that fails, ${fault}, is told of once in a run, not tried again in it, and costs nothing`, t => {
    for (const bad of [0, 1, 2, 3]) {
      const region = flash(4, bad);
      spoil(region, bad, fault);
      for (let run = 0; run < 3; run++) {
        const retired: [sector: number, erases: number][] = [];
        const journal = open(region, sector => retired.push([sector, region.erases[sector] as number]));
        const last = saveMany(journal, `c${run}-`, 800);
        t.deepEqual(retired, [[bad, region.erases[bad] as number]], `sector ${bad}, run ${run}`);
        t.deepEqual(open(region).snapshots.counters, last);
      }
    }
  });

  test(`two sound sectors of six keep the journal going, whichever, where all others fail, ${fault}`, t => {
    for (let one = 0; one < 6; one++) {
      for (let other = 0; other < one; other++) {
        const region = flash(6, 10 * one + other);
        for (const bad of sectorsOf(region)) if (bad !== one && bad !== other) spoil(region, bad, fault);
        const last = saveMany(open(region), 'c', 200);
        t.deepEqual(open(region).snapshots.counters, last, `${one} and ${other}`);
      }
    }
  });
}

/** The sector that the journal writes to. */
function sectorInUse(region: EmulatedFlash, journal: Journal): number {
  const read = () => sectorsOf(region).map(k => `${region.read(k * SECTOR, SECTOR)}`);
  const before = read();
  journal.save('counters', ascii('d0'));
  return read().findIndex((bytes, k) => bytes !== before[k]);
}

for (const fault of ['refuses', 'ignores', 'write-refused', 'write-short', 'erase-refused'] as const) {
  test(`where all sectors but the one in use fail, ${fault}, a fault is told and what was saved stands`, t => {
    for (let seed = 0; seed < 20; seed++) {
      const region = flash(4, seed);
      const journal = open(region);
      saveMany(journal, 'c', 50 + seed);
      const sound = sectorInUse(region, journal);
      for (const bad of sectorsOf(region)) if (bad !== sound) spoil(region, bad, fault);
      let saved = 0;
      while (saved < 500 && journal.save('counters', ascii(`d${saved + 1}`))) saved++;
      t.true(saved < 500);
      t.false(journal.save('settings', ascii('s')));
      t.deepEqual(journal.snapshots.counters, ascii(`d${saved}`));
      const erases = region.erases[sound];
      const again = Journal.open(region, INITIAL);
      t.deepEqual(again, { ok: false, fault: 'flash-failed' });
      t.is(region.erases[sound], erases);
      for (const sector of sectorsOf(region)) region.wearOut(sector, undefined);
      t.deepEqual(open(region).snapshots.counters, ascii(`d${saved}`));
    }
  });
}

test('a weak bit anywhere in the sector in force costs at most the last record of one kind', t => {
  const saved = ['c1', 'c2', 'c3', 's1', 'c4', 's2', 'c5'];
  const end = 16 + (2 + saved.length) * 12;
  for (let bit = 0; bit < 8 * end; bit++) {
    const region = flash(2, bit);
    const journal = open(region);
    for (const name of saved) journal.save(name[0] === 's' ? 'settings' : 'counters', ascii(name));
    region.weaken(bit >> 3, 1 << (bit & 7), 0.5);
    const { settings, counters } = open(region).snapshots;
    const found = `${String.fromCharCode(...settings)} ${String.fromCharCode(...counters)}`;
    t.true(['s2 c5', 's1 c5', 's2 c4'].includes(found), `bit ${bit}: ${found}`);
  }
});

test('sectors that wear out one by one lose nothing until two are left, and less than two are a fault', t => {
  const endurance = { erases: 5, wear: 'ignores' } as const;
  const region = new EmulatedFlash({ size: 4096, sectorSize: SECTOR, prng: new Prng(1), endurance });
  const retired: number[] = [];
  const journal = open(region, sector => retired.push(sector));
  let saved = 0;
  while (saved < 10_000 && journal.save('counters', ascii(`c${saved + 1}`))) saved++;
  t.true(saved > 8 * 4 * 30 && saved < 10_000, `${saved} saves`);
  t.deepEqual(
    retired.sort((a, b) => a - b).filter((sector, k) => retired.indexOf(sector) === k),
    retired,
  );
  t.true(retired.length >= 7);
  t.deepEqual(journal.snapshots.counters, ascii(`c${saved}`));
});

/** Rolls over among bad sectors, cut anywhere. */
function scenario(fault: SectorFault, bad: readonly number[]): Scenario<Knowledge> {
  return {
    size: 6 * 1024,
    sectorSize: 1024,
    seeds: 2,
    prepare(region) {
      const knowledge = nothingKnown();
      for (const sector of bad) spoil(region, sector, fault);
      const ledger = boot(region, knowledge);
      credit(ledger, knowledge, 5000, 10);
      for (let k = 0; k < 8; k++) consume(ledger, knowledge, 1);
      return knowledge;
    },
    run(region, knowledge) {
      const ledger = boot(region, knowledge);
      for (let k = 0; k < 14; k++) consume(ledger, knowledge, 2);
      credit(ledger, knowledge, 1000, 3);
      order(ledger, knowledge);
      for (let k = 0; k < 14; k++) consume(ledger, knowledge, 3);
    },
    boot,
    finish(region, knowledge) {
      const ledger = boot(region, knowledge);
      consume(ledger, knowledge, 7);
      credit(ledger, knowledge, 11, 1);
      order(ledger, knowledge);
      for (let k = 0; k < 2; k++) boot(region, knowledge);
    },
  };
}

for (const fault of SECTOR_FAULTS)
  test(`a roll past bad sectors, ${fault}, loses nothing, wherever it is cut`, t => {
    for (const bad of [[1], [0, 3], [1, 2, 4, 5], [0, 1, 2, 3]]) atEveryCut(t, scenario(fault, bad));
  });

test('whatever sectors fail, and when, nothing is lost that was saved, doubled, or goes back', t => {
  const act = fc.oneof(
    fc.record({ kind: fc.constantFrom('consume', 'credit', 'order'), amount: fc.nat(60) }),
    fc.record({ kind: fc.constant('cut' as const), amount: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('fail' as const), amount: fc.nat(1000) }),
  );
  const acts = fc.array(act, { minLength: 20, maxLength: 60 });
  const property = fc.property(fc.integer({ min: 2, max: 7 }), fc.nat(), acts, (sectors, seed, acts) => {
    const prng = new Prng(seed);
    const region = new EmulatedFlash({ size: sectors * 1024, sectorSize: 1024, prng });
    const knowledge = nothingKnown();
    const bad = new Set<number>();
    let ledger = boot(region, knowledge);
    for (const { kind, amount } of acts) {
      if (kind === 'cut') region.power.cutAt(amount);
      else if (kind === 'fail') fail(region, bad, amount);
      else if (survives(region, () => change(ledger, knowledge, kind, amount)))
        while (survives(region, () => (ledger = boot(region, knowledge))));
    }
    region.power.reboot();
    boot(region, knowledge);
  });
  fc.assert(property, { numRuns: 400 });
  t.pass();
});

/** One sector more fails, in a way in which it keeps what it holds; as long as two are left. */
function fail(region: EmulatedFlash, bad: Set<number>, choice: number): void {
  const sectors = sectorsOf(region);
  bad.add(choice % sectors.length);
  if (bad.size > sectors.length - 2) bad.delete(choice % sectors.length);
  else spoil(region, choice % sectors.length, SECTOR_FAULTS[choice % 6] as SectorFault);
}

function change(ledger: Ledger, knowledge: Knowledge, kind: string, amount: number): void {
  for (let k = 0; k < 4; k++) {
    if (kind === 'consume') consume(ledger, knowledge, amount);
    else if (kind === 'credit') credit(ledger, knowledge, 1 + amount, amount % 2);
    else order(ledger, knowledge);
  }
}
