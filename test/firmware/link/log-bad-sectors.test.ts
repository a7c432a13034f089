import test from 'ava';
import fc from 'fast-check';
import { type EntryKind, EntryLog } from '../../../firmware/link/log';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from '../ledger/cuts';
import { SECTOR_FAULTS, type SectorFault, sectorsOf, spoil } from '../ledger/sector-faults';
import { digestOf, KINDS, Knowledge } from './log-knowledge';

const SECTOR = 1024;

function flash(sectors = 4, seed = 1): EmulatedFlash {
  return new EmulatedFlash({ size: sectors * SECTOR, sectorSize: SECTOR, prng: new Prng(seed) });
}

function open(region: EmulatedFlash, onRetired?: (sector: number) => void): EntryLog {
  const log = EntryLog.open(region, digestOf, onRetired);
  if (!log.ok) throw new Error(`expected a log, got ${log.fault}`);
  return log.value;
}

/** How many of these readings the log takes. */
function append(log: EntryLog, count: number): number {
  for (let k = 0; k < count; k++) {
    const { sequence } = log.head('reading');
    if (!log.append('reading', sequence + 1, new Uint8Array(140).fill(sequence + 1))) return k;
  }
  return count;
}

function sequencesOf(log: EntryLog): number[] {
  return [...log.entries('reading', 1)].map(({ sequence }) => sequence);
}

/** From the oldest to the newest. */
function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, k) => from + k);
}

for (const fault of SECTOR_FAULTS) {
  test(`a sector that fails, ${fault}, is told of once in a run, not tried again in it, and costs no entry`, t => {
    for (const bad of [0, 1, 2, 3]) {
      const region = flash(4, bad);
      spoil(region, bad, fault);
      for (let run = 0; run < 3; run++) {
        const retired: [sector: number, erases: number][] = [];
        const log = open(region, sector => retired.push([sector, region.erases[sector] as number]));
        t.is(append(log, 100), 100);
        const isKnown = retired.length === 1 || fault === 'erase-short';
        t.true(isKnown && retired.every(([sector]) => sector === bad), `sector ${bad}, run ${run}`);
        for (const [sector, erases] of retired) t.is(region.erases[sector], erases);
        const last = log.head('reading').sequence;
        const kept = sequencesOf(open(region)).slice(-8);
        t.deepEqual(kept, range(last - 7, last), `sector ${bad}, run ${run}`);
      }
    }
  });

  test(`two sound sectors of five keep the log going, whichever, where all others fail, ${fault}`, t => {
    for (let one = 0; one < 5; one++) {
      for (let other = 0; other < one; other++) {
        const region = flash(5, 10 * one + other);
        for (const bad of sectorsOf(region)) if (bad !== one && bad !== other) spoil(region, bad, fault);
        const log = open(region);
        t.is(append(log, 60), 60, `${one} and ${other}`);
        t.deepEqual(sequencesOf(log).slice(-6), range(55, 60));
        t.deepEqual(sequencesOf(open(region)).slice(-6), range(55, 60));
      }
    }
  });

  test(`where all sectors but the one in use fail, ${fault}, its entries stand, and no sequence is used up`, t => {
    for (let seed = 0; seed < 10; seed++) {
      const region = flash(4, seed);
      const log = open(region);
      t.is(append(log, 34), 34);
      const inUse = region.erases.findIndex((_, sector) => holds(region, sector, 34));
      for (const bad of sectorsOf(region)) if (bad !== inUse) spoil(region, bad, fault);
      const { sequence } = log.head('reading');
      const erases = region.erases[inUse];
      let taken = 0;
      for (let tries = 0; tries < 20; tries++) taken += append(log, 1);
      if (fault === 'refuses') t.true(taken < 6);
      const last = log.head('reading').sequence;
      t.is(last, sequence + taken);
      t.deepEqual(sequencesOf(log).slice(-2), range(last - 1, last));
      if (!fault.startsWith('write') && fault !== 'refuses' && fault !== 'ignores') continue;
      t.is(region.erases[inUse], erases);
      const again = open(region);
      for (let tries = 0; tries < 20; tries++) append(again, 1);
      t.is(region.erases[inUse], erases);
      t.deepEqual(sequencesOf(again).slice(-2), range(last - 1, last));
      for (const sector of sectorsOf(region)) region.wearOut(sector, undefined);
      t.is(append(again, 3), 3);
      t.deepEqual(sequencesOf(open(region)).slice(-4), range(last, last + 3));
    }
  });
}

/** Whether a sector holds the entry of `append` with this sequence. */
function holds(region: EmulatedFlash, sector: number, sequence: number): boolean {
  const body = Buffer.alloc(140, sequence);
  return Buffer.from(region.read(sector * SECTOR, SECTOR)).includes(body);
}

function scenario(fault: SectorFault, bad: readonly number[]): Scenario<Knowledge> {
  return {
    size: 5 * SECTOR,
    sectorSize: SECTOR,
    seeds: 1,
    prepare(region) {
      for (const sector of bad) spoil(region, sector, fault);
      const knowledge = new Knowledge();
      const log = knowledge.boot(region);
      for (let k = 0; k < 4; k++) knowledge.append(log, 'reading');
      return knowledge;
    },
    run(region, knowledge) {
      const log = knowledge.boot(region);
      for (let k = 0; k < 9; k++) knowledge.append(log, k % 4 === 2 ? 'event' : 'reading');
    },
    boot: (region, knowledge) => void knowledge.boot(region),
    finish(region, knowledge) {
      for (const kind of ['reading', 'event', 'reading'] as const) {
        knowledge.append(knowledge.boot(region), kind);
        knowledge.boot(region);
      }
    },
  };
}

for (const fault of SECTOR_FAULTS)
  test(`a log that rolls past bad sectors, ${fault}, keeps every entry, wherever it is cut`, t => {
    for (const bad of [[1], [1, 2, 3]]) atEveryCut(t, scenario(fault, bad));
  });

test('whatever sectors fail, and when, no kept entry changes and no sequence is used twice', t => {
  const act = fc.oneof(
    fc.record({ kind: fc.constantFrom(...KINDS), amount: fc.nat(6) }),
    fc.record({ kind: fc.constant('cut' as const), amount: fc.integer({ min: 1, max: 12 }) }),
    fc.record({ kind: fc.constant('fail' as const), amount: fc.nat(1000) }),
  );
  const acts = fc.array(act, { minLength: 10, maxLength: 40 });
  const property = fc.property(fc.integer({ min: 3, max: 6 }), fc.nat(), acts, (sectors, seed, acts) => {
    const region = flash(sectors, seed);
    const knowledge = new Knowledge();
    const bad = new Set<number>();
    let log = knowledge.boot(region);
    for (const { kind, amount } of acts) {
      if (kind === 'cut') region.power.cutAt(amount);
      else if (kind === 'fail') fail(region, bad, amount);
      else if (survives(region, () => appendMany(log, knowledge, kind, amount)))
        while (survives(region, () => (log = knowledge.boot(region))));
    }
    region.power.reboot();
    knowledge.boot(region);
  });
  fc.assert(property, { numRuns: 300 });
  t.pass();
});

/**
 * One sector more fails, in a way in which it keeps what it holds; as long as two are left, and no more than two fail, since
 * three with entries are not given up for one. Not `erase-short`: with what a cut left between 0 and 1 still there, what
 * is read back once may be otherwise later.
 */
function fail(region: EmulatedFlash, bad: Set<number>, choice: number): void {
  const sectors = sectorsOf(region);
  bad.add(choice % sectors.length);
  if (bad.size > Math.min(2, sectors.length - 2)) bad.delete(choice % sectors.length);
  else spoil(region, choice % sectors.length, SECTOR_FAULTS[choice % 5] as SectorFault);
}

function appendMany(log: EntryLog, knowledge: Knowledge, kind: EntryKind, count: number): void {
  for (let k = 0; k < count; k++) knowledge.append(log, kind);
}
