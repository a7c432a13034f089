import test from 'ava';
import { type EntryKind, EntryLog } from '../../../firmware/link/log';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from '../ledger/cuts';
import { digestOf, KINDS, Knowledge } from './log-knowledge';

const SECTOR = 1024;

function scenario(
  seeds: number,
  before: number,
  act: (log: EntryLog, knowledge: Knowledge) => void,
): Scenario<Knowledge> {
  return {
    size: 4 * SECTOR,
    sectorSize: SECTOR,
    seeds,
    prepare(region) {
      const knowledge = new Knowledge();
      const log = knowledge.boot(region);
      for (let k = 0; k < before; k++) knowledge.append(log, k % 4 === 3 ? 'event' : 'reading');
      return knowledge;
    },
    run: (region, knowledge) => act(knowledge.boot(region), knowledge),
    boot: (region, knowledge) => void knowledge.boot(region),
    finish(region, knowledge) {
      for (const kind of ['reading', 'event', 'reading'] as const) {
        knowledge.append(knowledge.boot(region), kind);
        for (let k = 0; k < 2; k++) knowledge.boot(region);
      }
    },
  };
}

test('the very first entry is there or not, whole, after a cut anywhere', t => {
  atEveryCut(
    t,
    scenario(40, 0, (log, knowledge) => knowledge.append(log, 'event')),
  );
});

test('an entry is there or not, whole, after a cut anywhere', t => {
  const act = (log: EntryLog, knowledge: Knowledge) => {
    knowledge.append(log, 'reading');
    knowledge.append(log, 'event');
  };
  atEveryCut(t, scenario(25, 2, act));
});

test('a log that grows over its first sectors loses nothing, wherever it is cut', t => {
  const act = (log: EntryLog, knowledge: Knowledge) => {
    for (let k = 0; k < 16; k++) knowledge.append(log, k % 3 === 2 ? 'event' : 'reading');
  };
  atEveryCut(t, scenario(4, 0, act));
});

test('a log that wraps loses no more than its oldest sector, wherever it is cut', t => {
  const act = (log: EntryLog, knowledge: Knowledge) => {
    for (let k = 0; k < 10; k++) knowledge.append(log, k % 3 === 2 ? 'event' : 'reading');
    const oldest = log.oldest('reading');
    if (knowledge.kept.reading.length - oldest < 8) throw new Error(`kept only from ${oldest}`);
  };
  atEveryCut(t, scenario(6, 30, act));
});

test('the first entry of a run, its first bytes cut, takes none along that the next run keeps in its place', t => {
  const open = (region: EmulatedFlash) => {
    const log = EntryLog.open(region, digestOf);
    if (!log.ok) throw new Error(log.fault);
    return log.value;
  };
  // What is cut clears most bits of its first bytes, and what is kept almost none.
  const ones = { sequence: 0xfffffff0, digest: new Uint8Array(32) };
  for (let seed = 1; seed <= 1000; seed++) {
    const region = new EmulatedFlash({ size: 2 * SECTOR, sectorSize: SECTOR, prng: new Prng(seed) });
    const first = open(region);
    first.continueFrom('event', ones);
    t.true(first.append('event', ones.sequence + 1, new Uint8Array(0x100)));
    const second = open(region);
    region.power.cutAt(1);
    t.true(survives(region, () => second.append('reading', 1, new Uint8Array(0))));
    t.true(open(region).append('event', ones.sequence + 2, new Uint8Array(0x1ff)));
    for (let boot = 1; boot <= 4; boot++)
      t.is(open(region).head('event').sequence, ones.sequence + 2, `seed ${seed}`);
  }
});

test('in storms of cuts, those within recovery too, no kept entry changes and no sequence is used twice', t => {
  let cuts = 0;
  for (let seed = 1; seed <= 300; seed++) {
    const prng = new Prng(seed);
    const below = (limit: number) => Math.floor(prng.uniform() * limit);
    const size = (2 + below(3)) * SECTOR;
    const region = new EmulatedFlash({ size, sectorSize: SECTOR, prng: prng.fork('flash') });
    const knowledge = new Knowledge();
    for (let run = 1; run <= 40; run++) {
      const cut = 1 + below(below(3) === 0 ? 30 : 6);
      region.power.cutAt(cut);
      const act = () => {
        const log = knowledge.boot(region);
        for (;;) knowledge.append(log, KINDS[below(2)] as EntryKind);
      };
      try {
        if (survives(region, act)) cuts++;
      } catch (error) {
        throw new Error(`seed ${seed}, run ${run}, cut ${cut}: ${error}`, { cause: error });
      }
    }
  }
  t.is(cuts, 300 * 40);
});
