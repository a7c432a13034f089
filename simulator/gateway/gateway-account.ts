import type { Hash } from 'viem';
import type { Event, Reading } from '../../firmware/attest/signed-types';
import type { MilliwattHours } from '../../firmware/energy';
import type { ReceivedReading } from '../operator';

/** What the chain holds of a meter's readings, as far as this gateway has sent it or seen it there. */
export interface ProvedReadings {
  /** Of the last reading that was proved; 0: none was. */
  readonly sequence: number;
  /** Imported in all, as that reading states it. */
  readonly energy: MilliwattHours;
  /**
   * Of the transactions that this gateway sent and saw mined, in the reward token's smallest unit: less than the chain has
   * given where others submitted the meter's readings too, or where no receipt was to be had.
   */
  readonly reward: bigint;
  /** Of the last transaction; undefined before the first, and when a reorganisation has taken it back. */
  readonly hash: Hash | undefined;
}

/** Versioned directives that are given through the gateway's page. */
export type GivenKind = 'supply' | 'tariff';

/** What the gateway knows of one meter. */
export interface GatewayAccount {
  readonly m3terId: bigint;
  /** 20 bytes, from the registry; undefined where its key slot is empty or no address. */
  readonly device: Uint8Array | undefined;
  /** Bought in total, ever: what the last `Credit` says. */
  readonly credited: MilliwattHours;
  /** Taken back in total, ever, and used by the devices before this one, likewise. */
  readonly withdrawn: MilliwattHours;
  /** The highest version that a directive of each kind was signed with here; 0: none was. */
  readonly signed: Readonly<Record<GivenKind, number>>;
  /** The device's newest reading that is right, of before the gateway was opened too; undefined: there is none. */
  readonly last: Reading | undefined;
  /** The last that came since the gateway was opened, verified ones and others, each once, oldest first. */
  readonly readings: readonly ReceivedReading[];
  /** How many readings of the device came, each counted once; with what is wrong with those that were refused. */
  readonly made: number;
  /** How many of them are signed, chained and right. */
  readonly verified: number;
  /** Every reading up to this one is stored and right. */
  readonly acknowledged: number;
  /** The last that came since the gateway was opened, oldest first. */
  readonly events: readonly Event[];
  readonly proved: ProvedReadings;
}

/** What of an account is new. */
export type AccountChange = 'device' | 'credit' | 'reading' | 'acknowledged' | 'event' | 'proved';
