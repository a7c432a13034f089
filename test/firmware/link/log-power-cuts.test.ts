import { createHash } from 'node:crypto';
import test from 'ava';
import { equal } from '../../../firmware/bytes';
import { type DigestOf, type EntryKind, EntryLog } from '../../../firmware/link/log';
import { EmulatedFlash } from '../../../hosts/mock/flash';
import { Prng } from '../../../hosts/mock/prng';
import { atEveryCut, type Scenario, survives } from '../ledger/cuts';

const KINDS: readonly EntryKind[] = ['reading', 'event'];
const SECTOR = 1024;

const digestOf: DigestOf = (kind, sequence, body, previous) =>
  new Uint8Array(createHash('sha256').update(`${kind} ${sequence}`).update(body).update(previous).digest());

/** The bodies known to be kept, and those of which one may be. Bodies differ even where a sequence is tried again. */
class Knowledge {
  readonly kept: { readonly [kind in EntryKind]: Uint8Array[] } = { reading: [], event: [] };
  #attempted: { readonly kind: EntryKind; readonly body: Uint8Array }[] = [];
  #made = 0;

  append(log: EntryLog, kind: EntryKind): void {
    const body = new Uint8Array(kind === 'reading' ? 140 : 20 + (this.#made % 50)).fill(++this.#made);
    new DataView(body.buffer).setUint32(0, this.#made);
    this.#attempted.push({ kind, body });
    const kept = log.append(kind, this.kept[kind].length + 1, body);
    if (!kept) throw new Error('the flash failed');
    this.kept[kind].push(body);
    this.#attempted = [];
  }

  /** Old or new, nothing between, and the same from then on; and every entry since the oldest is there. */
  boot(region: EmulatedFlash): EntryLog {
    const opened = EntryLog.open(region, digestOf);
    if (!opened.ok) throw new Error(`expected a log, got ${opened.fault}`);
    const log = opened.value;
    for (const kind of KINDS) {
      const kept = this.kept[kind];
      const [next] = [...log.entries(kind, kept.length + 1)];
      const made = this.#attempted.find(one => one.kind === kind && next && equal(one.body, next.body));
      if (made !== undefined) kept.push(made.body);
    }
    this.#attempted = [];
    for (const kind of KINDS) this.#check(log, kind);
    return log;
  }

  #check(log: EntryLog, kind: EntryKind): void {
    const bodies = this.kept[kind];
    let digest = new Uint8Array(32);
    let next = log.oldest(kind);
    const entries = log.entries(kind, 0);
    bodies.forEach((body, k) => {
      const previous = digest;
      digest = new Uint8Array(digestOf(kind, k + 1, body, previous));
      if (k + 1 < next) return;
      const entry = entries.next().value;
      const same = entry?.sequence === next && equal(entry.body, body);
      if (!same || !equal(entry.previous, previous) || !equal(entry.digest, digest))
        throw new Error(`expected ${kind} ${next} as it was kept, got ${entry?.sequence}`);
      next++;
    });
    const head = log.head(kind);
    if (!entries.next().done || head.sequence !== bodies.length || !equal(head.digest, digest))
      throw new Error(`expected ${kind} ${bodies.length} at the head, got ${head.sequence}`);
  }
}

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
