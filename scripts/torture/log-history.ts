import { createHash } from 'node:crypto';
import { equal } from '../../firmware/bytes';
import { type DigestOf, type EntryKind, EntryLog } from '../../firmware/link/log';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import { BrokenPromise } from './promises';

const KINDS: readonly EntryKind[] = ['reading', 'event'];

interface Entry {
  readonly body: Uint8Array;
  readonly digest: Uint8Array;
  /** Erases of the region before it was made */
  readonly erases: number;
}

interface Attempt extends Entry {
  readonly kind: EntryKind;
}

/** In place of the hash of a signed statement. */
const digestOf: DigestOf = (kind, sequence, body, previous) =>
  new Uint8Array(createHash('sha256').update(`${kind} ${sequence}`).update(body).update(previous).digest());

/** The entries that were reported to be kept, and the one that may be. */
export class LogHistory {
  readonly #region: EmulatedFlash;
  readonly #kept: { readonly [kind in EntryKind]: Entry[] } = { reading: [], event: [] };
  #attempt: Attempt | undefined;

  constructor(region: EmulatedFlash) {
    this.#region = region;
  }

  count(kind: EntryKind): number {
    return this.#kept[kind].length;
  }

  append(log: EntryLog, kind: EntryKind, body: Uint8Array): void {
    const sequence = this.count(kind) + 1;
    const digest = digestOf(kind, sequence, body, this.#last(kind));
    const attempt = { kind, body, digest, erases: this.#erases };
    this.#attempt = attempt;
    if (!log.append(kind, sequence, body))
      throw new BrokenPromise('calls failed', `expected the log to take ${kind} ${sequence}`);
    this.#keep(attempt);
  }

  /** The power failed, and this is what came back. @throws BrokenPromise */
  recover(): EntryLog {
    const opened = EntryLog.open(this.#region, digestOf);
    if (!opened.ok) throw new BrokenPromise('unreadable boots', `expected a log, got ${opened.fault}`);
    const log = opened.value;
    const attempt = this.#attempt;
    // The head tells: where recovery was cut again and again, the entry itself may be dropped already.
    if (attempt !== undefined && equal(log.head(attempt.kind).digest, attempt.digest)) this.#keep(attempt);
    this.#attempt = undefined;
    for (const kind of KINDS) this.#checkHead(log, kind);
    return log;
  }

  /** As an outbox reads it: all that is not settled, in order. @throws BrokenPromise */
  check(log: EntryLog, kind: EntryKind, settled: number): void {
    const kept = this.#kept[kind];
    const oldest = log.oldest(kind);
    const due = kept.findIndex(entry => this.#mustBeThere(entry)) + 1;
    if (due > 0 && due < oldest)
      throw new BrokenPromise('entries lost', `expected ${kind} ${due} to be kept still, got ${oldest}`);
    let next = Math.max(oldest, settled + 1);
    for (const entry of log.entries(kind, settled + 1)) {
      const told = `expected ${kind} ${next}, got ${entry.sequence}`;
      if (entry.sequence !== next) throw new BrokenPromise('entries lost', told);
      const before = kept[next - 2]?.digest ?? new Uint8Array(32);
      const known = kept[next - 1];
      const isSame =
        known !== undefined && equal(entry.body, known.body) && equal(entry.digest, known.digest);
      if (!isSame || !equal(entry.previous, before))
        throw new BrokenPromise('readings forked', `${told}, another`);
      next++;
    }
    if (next <= kept.length) throw new BrokenPromise('entries lost', `expected ${kind} ${next}, got none`);
  }

  #keep(attempt: Attempt): void {
    this.#kept[attempt.kind].push(attempt);
    this.#attempt = undefined;
  }

  #last(kind: EntryKind): Uint8Array {
    return this.#kept[kind].at(-1)?.digest ?? new Uint8Array(32);
  }

  #checkHead(log: EntryLog, kind: EntryKind): void {
    const { sequence, digest } = log.head(kind);
    const told = `expected ${kind} ${this.count(kind)} at the head, got ${sequence}`;
    if (sequence < this.count(kind)) throw new BrokenPromise('entries lost', told);
    if (sequence > this.count(kind) || !equal(digest, this.#last(kind)))
      throw new BrokenPromise('readings forked', told);
  }

  get #erases(): number {
    return this.#region.erases.reduce((sum, erases) => sum + erases, 0);
  }

  /** The ring comes round to an entry's sector no sooner than after all others. */
  #mustBeThere({ erases }: Entry): boolean {
    const { size, sectorSize } = this.#region;
    return this.#erases - erases < size / sectorSize - 1;
  }
}
