import { toHex } from '../../../firmware/bytes';
import { type DigestOf, type EntryKind, EntryLog } from '../../../firmware/link/log';
import { Prng } from '../../../hosts/mock/prng';
import { expect } from '../breaches';
import { below, bytesOf, one } from '../draw';
import { blankRegion, MemoryRegion } from '../memory-region';
import { mutateImage } from '../mutate-image';
import type { Target } from '../target';

const SECTOR = 1024;
const SECTORS = 4;
const ENTRIES = 120;
const KINDS: readonly EntryKind[] = ['reading', 'event'];
const BODY = Uint8Array.of(1, 2, 3);

/** Opens the log on flash with any defects. An input is all that is on it. */
export function logTarget(): Target {
  const { images, known } = makeHistory();

  return {
    draw: prng => mutateImage(prng, one(prng, images), SECTOR),

    take(input) {
      const region = new MemoryRegion(input.slice(), SECTOR);
      const opened = EntryLog.open(region, digestOf);
      if (!opened.ok) return expect(region.changes === 0, 'misread', `changed, and then ${opened.fault}`);
      const log = opened.value;
      for (const kind of KINDS) expectKnown(log, kind, known);
      const { sequence } = log.head('reading');
      if (!log.append('reading', sequence + 1, BODY)) return;
      const again = EntryLog.open(region, digestOf);
      const isThere = again.ok && again.value.head('reading').sequence === sequence + 1;
      expect(isThere, 'misread', `${sequence + 1} is not there after a start`);
    },
  };
}

/** In order, and each as it was put there. */
function expectKnown(log: EntryLog, kind: EntryKind, known: ReadonlySet<string>): void {
  let last = 0;
  for (const { sequence, body } of log.entries(kind, 0)) {
    expect(sequence > last, 'misread', `${kind} ${sequence} behind ${last}`);
    expect(known.has(name(kind, sequence, body)), 'accepted', `${kind} ${sequence} that never was`);
    last = sequence;
  }
  expect(last <= log.head(kind).sequence, 'misread', `${kind} ${last} beyond the head`);
}

/** Images of a log at work, and the entries that were ever put into it. */
function makeHistory() {
  const prng = new Prng('log');
  const region = blankRegion(SECTORS, SECTOR);
  const opened = EntryLog.open(region, digestOf);
  if (!opened.ok) throw new Error(`log: expected one, got ${opened.fault}`);
  const log = opened.value;
  const images = [region.image];
  const known = new Set<string>();
  for (let entries = 0; entries < ENTRIES; entries++) {
    const kind = one(prng, KINDS);
    const sequence = log.head(kind).sequence + 1;
    const body = bytesOf(prng, 10 + below(prng, 150));
    log.append(kind, sequence, body);
    known.add(name(kind, sequence, body));
    images.push(region.image);
  }
  return { images, known };
}

function name(kind: EntryKind, sequence: number, body: Uint8Array): string {
  return `${kind} ${sequence} ${toHex(body)}`;
}

/** No hash: it only has to be a function. */
const digestOf: DigestOf = (_kind, sequence) => new Uint8Array(32).fill(sequence);
