import { setTimeout as sleep } from 'node:timers/promises';
import { Prng } from '../../hosts/mock/prng';
import { key } from '../../test/support/messages';
import { type Below, drawFrom, weighted } from '../torture/victim';
import type { StreetMeter } from './street-meter';
import type { World } from './world';

/** What happens, and how often beside the rest. */
const ACTS = weighted({ reading: 8, burst: 2, payment: 3, block: 3, repeat: 2, forgery: 2, reconnection: 3 });
type Act = (typeof ACTS)[number];

/** ms between two acts, at most */
const LONGEST_PAUSE = 60;
/** Readings of each meter at once */
const LARGEST_BURST = 6;
/** mWh */
const MOST_USED = 50_000;
/** kWh */
const MOST_BOUGHT = 20;
const THIEF = key(66);

/** What meters and people do, whether the gateway is there or not; drawn from a seed. */
export class Traffic {
  /** Called when meters have said something. */
  onSaid: (() => void) | undefined;
  readonly counts: Record<Act, number> = {
    reading: 0,
    burst: 0,
    payment: 0,
    block: 0,
    repeat: 0,
    forgery: 0,
    reconnection: 0,
  };
  readonly #world: World;
  readonly #below: Below;
  readonly #acts: Readonly<Record<Act, (meter: StreetMeter) => Promise<void>>> = {
    reading: meter => this.#read(meter, 1 + this.#below(2)),
    burst: () => this.#burst(),
    payment: meter => this.#world.pay(meter, 1 + this.#below(MOST_BOUGHT)),
    block: () => this.#world.mine(1 + this.#below(3)),
    repeat: meter => this.#repeat(meter),
    forgery: meter => this.#forge(meter),
    reconnection: meter => this.reconnect(meter),
  };

  constructor(world: World, seed: string) {
    this.#world = world;
    this.#below = drawFrom(new Prng(`traffic ${seed}`));
  }

  /** Until the signal; then all that was said is at the broker, and what was paid is mined. */
  async run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const act = this.#one(ACTS);
      await this.#acts[act](this.#one(this.#world.meters));
      this.counts[act]++;
      this.onSaid?.();
      await sleep(this.#below(LONGEST_PAUSE));
    }
  }

  /** A meter that has not heard that a reading is kept says it again when it comes back, and all after it. */
  async reconnect(meter: StreetMeter): Promise<void> {
    if (!meter.isTerse) await this.#say(meter, meter.made.slice(meter.acknowledged));
  }

  async #read(meter: StreetMeter, count: number): Promise<void> {
    const readings = Array.from({ length: count }, () => meter.make(this.#below(MOST_USED)));
    // of what comes out of order the gateway takes what it can, and is told the rest again
    const isDisordered = !meter.isTerse && this.#below(3) === 0;
    await this.#say(meter, isDisordered ? readings.reverse() : readings);
  }

  async #burst(): Promise<void> {
    const count = 1 + this.#below(LARGEST_BURST);
    await Promise.all(this.#world.meters.map(meter => this.#read(meter, count)));
  }

  async #repeat(meter: StreetMeter): Promise<void> {
    const from = this.#below(meter.acknowledged + 1);
    await this.#say(meter, meter.made.slice(from, Math.min(meter.acknowledged, from + 3)));
  }

  async #forge(meter: StreetMeter): Promise<void> {
    const forged = [meter.forge(THIEF)];
    const right = meter.make(this.#below(MOST_USED));
    const broken = Buffer.from(right);
    const at = this.#below(broken.length);
    broken[at] = ~broken.readUInt8(at) & 0xff;
    if (meter.acknowledged > 0) forged.push(meter.fork(1 + this.#below(meter.acknowledged)));
    await this.#say(meter, [...forged, broken, right]);
  }

  async #say(meter: StreetMeter, readings: readonly Uint8Array[]): Promise<void> {
    await Promise.all(readings.map(reading => this.#world.say(meter, reading)));
  }

  #one<Item>(items: readonly Item[]): Item {
    return items[this.#below(items.length)] as Item;
  }
}
