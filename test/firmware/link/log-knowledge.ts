import { createHash } from 'node:crypto';
import { equal } from '../../../firmware/bytes';
import { type DigestOf, type EntryKind, EntryLog } from '../../../firmware/link/log';
import type { EmulatedFlash } from '../../../hosts/mock/flash';

export const KINDS: readonly EntryKind[] = ['reading', 'event'];
export const digestOf: DigestOf = (kind, sequence, body, previous) =>
  new Uint8Array(createHash('sha256').update(`${kind} ${sequence}`).update(body).update(previous).digest());

/** The bodies known to be kept, and those of which one may be. Bodies differ even where a sequence is tried again. */
export class Knowledge {
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
    // Once: what a cut erase has left may read otherwise the next time.
    const found = [...log.entries(kind, 0)];
    const entries = found.values();
    let next = found[0]?.sequence ?? bodies.length + 1;
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
