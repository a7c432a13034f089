import type { Event, Reading } from '../../firmware/attest/signed-types';
import type { MilliwattHours } from '../../firmware/energy';
import { milliwattHours } from '../../firmware/energy';
import type { ReceivedReading } from '../operator';
import type { ReadingVerifier } from '../reading-verifier';
import type { DeviceState } from './device-state';
import type { GatewayAccount, GivenKind, ProvedReadings } from './gateway-account';
import type { MeterRecord } from './store-records';

/** Readings and events that are kept at hand to be shown. */
const SHOWN = 100;

const NOTHING: MeterRecord = {
  credited: milliwattHours(0),
  withdrawn: milliwattHours(0),
  paidThrough: 0n,
};
const UNPROVED: ProvedReadings = { sequence: 0, energy: milliwattHours(0), reward: 0n, hash: undefined };

/** A token: what was paid for it, and the device that serves it. */
export class MeterState implements GatewayAccount {
  readonly m3terId: bigint;
  /** Ahead of the store's until the next flush. */
  record: MeterRecord;
  /** What is on the disk, and so may be told. */
  durable: Pick<MeterRecord, 'credited' | 'withdrawn'>;
  state: DeviceState | undefined;
  verifier: ReadingVerifier | undefined;
  readonly readings: ReceivedReading[] = [];
  readonly events: Event[] = [];
  /** Signatures of refused readings, so that one that is sent again counts once. */
  readonly refused = new Set<string>();
  /** How many readings were refused in all. */
  refusals = 0;

  constructor(m3terId: bigint, record: MeterRecord = NOTHING) {
    this.m3terId = m3terId;
    this.record = record;
    this.durable = record;
  }

  get device(): Uint8Array | undefined {
    return this.state?.address;
  }

  get credited(): MilliwattHours {
    return this.record.credited;
  }

  get withdrawn(): MilliwattHours {
    return this.record.withdrawn;
  }

  get signed(): Readonly<Record<GivenKind, number>> {
    const { ordered = 0, tariff = 0 } = this.record;
    return { supply: ordered, tariff };
  }

  get last(): Reading | undefined {
    return this.state?.last;
  }

  get made(): number {
    return this.state?.record.made ?? 0;
  }

  get verified(): number {
    return this.state?.record.verified ?? 0;
  }

  get acknowledged(): number {
    return this.state?.durable ?? 0;
  }

  get proved(): ProvedReadings {
    const proved = this.state?.record.proved;
    return proved === undefined ? UNPROVED : { ...proved, hash: proved.hash };
  }

  show(reading: ReceivedReading): void {
    this.readings.push(reading);
    if (this.readings.length > SHOWN) this.readings.shift();
  }

  showEvent(event: Event): void {
    this.events.push(event);
    if (this.events.length > SHOWN) this.events.shift();
  }
}
