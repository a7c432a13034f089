import type { Chain } from '../chain/chain';
import type { Deployment } from '../chain/deploy';
import {
  type ConfirmedPayments,
  type EnergyBought,
  energyBought,
  lookForPayments,
  type Place,
} from '../chain/payments';
import type { GatewayBook } from './gateway-book';
import { placesPut } from './gateway-store';
import type { MeterState } from './meter-state';

export interface PaymentDeskOptions {
  readonly book: GatewayBook;
  readonly chain: Chain;
  readonly deployment: Pick<Deployment, 'registry' | 'protocol'>;
  readonly confirmations: number;
  readonly from: bigint;
  /** These tokens have a new key in the registry. What rejects is told again. */
  readonly onRegistered: (m3terIds: readonly bigint[]) => Promise<void>;
  /** The credit of a meter has grown; the store has it. */
  readonly onCredited: (meter: MeterState) => void;
}

/** Turns confirmed payments into credit: in the store, from where it is told. */
export class PaymentDesk {
  readonly #options: PaymentDeskOptions;
  #places: readonly Place[];
  #range: bigint | undefined;
  #hasLooked = false;
  /** By meter, mWh that were credited and that the contract does not have any more. */
  readonly #beyond = new Map<bigint, number>();

  constructor(options: PaymentDeskOptions) {
    this.#options = options;
    this.#places = options.book.store.places;
  }

  /** The last block that was looked through; undefined before the first. */
  get through(): bigint | undefined {
    return this.#places.at(-1)?.number;
  }

  /** mWh credited that the contract does not have, of all meters. */
  get beyond(): number {
    let sum = 0;
    for (const energy of this.#beyond.values()) sum += energy;
    return sum;
  }

  /** Up to the block that is confirmed by now. @throws viem's error when the node fails; the store's own when that does */
  async look(): Promise<void> {
    for (let seen = await this.#next(); seen !== undefined; seen = await this.#next()) await this.#take(seen);
  }

  #next(): Promise<ConfirmedPayments | undefined> {
    const { chain, deployment, confirmations, from } = this.#options;
    const range = this.#range === undefined ? {} : { range: this.#range };
    return lookForPayments(chain, deployment, { confirmations, from, places: this.#places, ...range });
  }

  async #take(seen: ConfirmedPayments): Promise<void> {
    const { book, onRegistered, onCredited } = this.#options;
    const bought = [...seen.bought, ...(await this.#inDoubt(seen))];
    await onRegistered(seen.registered);
    const grown = bought.map(one => this.#credit(one, seen.confirmed)).filter(meter => meter !== undefined);
    const records = grown.map(({ record }) => record);
    await book.store.write([...grown.map(meter => book.meterPut(meter)), placesPut(seen.places)]);
    this.#places = seen.places;
    this.#range = seen.range;
    this.#hasLooked = true;
    for (const [index, meter] of grown.entries()) {
      meter.durable = records[index] as MeterState['record'];
      book.onChange(meter.m3terId, 'credit');
      onCredited(meter);
    }
  }

  /** Those who paid in blocks that are not on the chain any more; at the first look all, as what is beyond is not stored. */
  async #inDoubt({
    bought,
    confirmed,
    reorganisedAfter,
  }: ConfirmedPayments): Promise<readonly EnergyBought[]> {
    const { book, chain, deployment } = this.#options;
    if (reorganisedAfter !== undefined)
      book.notify({ code: 'chain-reorganised', detail: `block ${reorganisedAfter} is the last in place` });
    const certain = this.#hasLooked ? reorganisedAfter : -1n;
    if (certain === undefined) return [];
    const told = new Set(bought.map(({ m3terId }) => m3terId));
    const doubtful = [...book.meters.values()].filter(
      ({ m3terId, record: { credited, paidThrough } }) =>
        credited > 0 && paidThrough > certain && !told.has(m3terId),
    );
    return energyBought(
      chain,
      deployment.protocol,
      doubtful.map(({ m3terId }) => m3terId),
      confirmed,
    );
  }

  /** @returns the meter if its credit has grown. What was given cannot be taken back: a lower total is only told of. */
  #credit({ m3terId, energy }: EnergyBought, confirmed: bigint): MeterState | undefined {
    const { book } = this.#options;
    const meter = book.meter(m3terId);
    const { credited } = meter.record;
    if (energy < credited) {
      const detail = `${credited} mWh credited, ${energy} mWh paid for`;
      book.notify({ code: 'credit-beyond-payments', m3terId, detail });
      this.#beyond.set(m3terId, credited - energy);
      return undefined;
    }
    this.#beyond.delete(m3terId);
    if (energy === credited) return undefined;
    meter.record = { ...meter.record, credited: energy, paidThrough: confirmed };
    book.notify({ code: 'payment-credited', m3terId, detail: `${energy} mWh in all` });
    return meter;
  }
}
