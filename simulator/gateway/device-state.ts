import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING, type Reading } from '../../firmware/attest/signed-types';
import { fromHex, toHex } from '../../firmware/bytes';
import { milliwattHours } from '../../firmware/energy';
import type { ReadingHistory } from '../reading-verifier';
import type { GatewayStore } from './gateway-store';
import type { DeviceRecord } from './store-records';

const NOTHING: DeviceRecord = {
  acknowledged: 0,
  made: 0,
  verified: 0,
  events: 0,
  through: 0,
  proved: { sequence: 0, energy: milliwattHours(0), reward: 0n, hash: undefined },
};

/** A device's readings, as far as they are right: what the next is compared with. */
export class DeviceState implements ReadingHistory {
  /** 20 bytes */
  readonly address: Uint8Array;
  /** The same in hex: its key in the store. */
  readonly name: string;
  /** Ahead of the store's until the next flush. */
  record: DeviceRecord;
  /** Every reading up to this one is on the disk. */
  durable: number;
  /** The lowest number heard of a device whose beginning is not known. */
  lowestHeard: number | undefined;
  /** Readings beyond `through` that the contract refuses. */
  readonly aside = new Set<number>();
  readonly #store: GatewayStore;
  /** Of readings that are not on the disk yet. */
  readonly #digests = new Map<number, string>();
  #last: Reading | undefined;

  constructor(store: GatewayStore, name: string, record: DeviceRecord = NOTHING) {
    this.#store = store;
    this.name = name;
    this.address = fromHex(name) as Uint8Array;
    this.record = record;
    this.durable = record.acknowledged;
  }

  /** @see ReadingHistory */
  get last(): Reading | undefined {
    const { acknowledged } = this.record;
    if (this.#last === undefined && acknowledged > 0) {
      const stored = this.#store.reading([this.name, acknowledged]);
      const envelope = stored && decodeEnvelope(READING, stored.envelope);
      if (envelope?.ok) this.#last = envelope.value.message;
    }
    return this.#last;
  }

  digest(sequence: number): string | undefined {
    const fresh = this.#digests.get(sequence);
    if (fresh !== undefined || sequence > this.durable || sequence < 1) return fresh;
    const stored = this.#store.reading([this.name, sequence]);
    return stored && toHex(stored.digest);
  }

  /** What is wrong is not built on: the right one may come yet. */
  add(reading: Reading, digest: string, isRight: boolean): void {
    if (!isRight) return;
    this.#last = reading;
    this.#digests.set(reading.sequence, digest);
    const { sequence } = reading;
    const { acknowledged, through } = this.record;
    // what is before its beginning is not here to be proved
    this.record = {
      ...this.record,
      acknowledged: sequence,
      through: acknowledged === 0 ? sequence - 1 : through,
    };
  }

  /** Readings up to this one need not be proved any more. */
  settle(through: number): void {
    for (const one of this.aside) if (one <= through) this.aside.delete(one);
    this.record = { ...this.record, through };
  }

  /** Everything up to this one is on the disk now. */
  flushed(sequence: number): void {
    for (const one of this.#digests.keys()) if (one <= sequence) this.#digests.delete(one);
    this.durable = Math.max(this.durable, sequence);
  }
}
