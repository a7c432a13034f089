import type { EntryKind, EntryLog } from '../../firmware/link/log';
import type { EmulatedFlash } from '../../hosts/mock/flash';
import type { Prng } from '../../hosts/mock/prng';
import { LogHistory } from './log-history';
import { NO_LOSS } from './promises';
import { type Below, drawFrom, type Victim } from './victim';

/** Bytes of a body, the fewest and by how many more */
const BODY = 20;
const BODY_MORE = 180;
/** More than come about before a cut. */
const MOST_ACTS = 10_000;
const KINDS: readonly EntryKind[] = ['reading', 'event'];

/** A log that takes entries, and an outbox that reads and settles them, by the numbers of a seed. */
export class LogVictim implements Victim {
  readonly worst = NO_LOSS;
  readonly #prng: Prng;
  readonly #below: Below;
  readonly #region: EmulatedFlash;
  readonly #history: LogHistory;
  readonly #settled: { [kind in EntryKind]: number } = { reading: 0, event: 0 };

  constructor(prng: Prng, region: EmulatedFlash) {
    this.#prng = prng;
    this.#below = drawFrom(prng);
    this.#region = region;
    this.#history = new LogHistory(region);
  }

  get power() {
    return this.#region.power;
  }

  live(cutAt: number): void {
    this.power.reboot();
    this.power.cutAt(cutAt);
    const log = this.#history.recover();
    for (const kind of KINDS) this.#history.check(log, kind, 0);
    for (let acts = 0; acts < MOST_ACTS; acts++) {
      const kind = KINDS[this.#below(2)] as EntryKind;
      if (this.#below(4) === 0) this.#send(log, kind);
      else this.#history.append(log, kind, this.#prng.bytes(BODY + this.#below(BODY_MORE)));
    }
  }

  /** Some of what goes out is settled by it. */
  #send(log: EntryLog, kind: EntryKind): void {
    this.#history.check(log, kind, this.#settled[kind]);
    this.#settled[kind] += this.#below(this.#history.count(kind) - this.#settled[kind] + 1);
  }
}
