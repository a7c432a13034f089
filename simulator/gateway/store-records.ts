import { z } from 'zod';
import { MAX_ENERGY, type MilliwattHours, milliwattHours } from '../../firmware/energy';

/*
 * What the store holds beside readings and events: JSON of these shapes. Numbers beyond 2⁵³ are decimal text; addresses
 * and hashes are lower-case hex, with `0x` where they are the chain's.
 */

/** The first format; another is refused. */
export const STORE_VERSION = 1;

const decimal = z
  .string()
  .regex(/^\d{1,78}$/)
  .transform(BigInt);
const hash = z
  .string()
  .regex(/^0x[0-9a-f]{64}$/)
  .transform(text => text as `0x${string}`);
const hex = z
  .string()
  .regex(/^0x([0-9a-f]{2})*$/)
  .transform(text => text as `0x${string}`);
const address = z.string().regex(/^[0-9a-f]{40}$/);
const count = z.int().min(0);
const energy = z
  .int()
  .min(0)
  .max(MAX_ENERGY)
  .transform((value): MilliwattHours => milliwattHours(value));

/** Whose state it is. */
export const identityRecord = z.object({
  version: z.literal(STORE_VERSION),
  chainId: count,
  registry: address,
  protocol: address,
  proof: address,
});
export type IdentityRecord = z.output<typeof identityRecord>;

/** Blocks looked through, newest last: to find back to where the chain was reorganised. */
export const placesRecord = z.array(z.object({ number: decimal, hash }));

export const meterRecord = z.object({
  /** By the registry, as it was last seen. */
  device: address.optional(),
  credited: energy,
  withdrawn: energy,
  /** Whose use these totals are for; another that speaks in its place gets what it has left. */
  served: address.optional(),
  /** The block as of which the contract had this total; 0 while nobody has paid. */
  paidThrough: decimal,
  /** The highest version that an order about its supply was signed with here. */
  ordered: count.optional(),
  /** Likewise of a tariff. */
  tariff: count.optional(),
});
export type MeterRecord = z.output<typeof meterRecord>;

/** By device and not by meter: its readings go on when it serves another token. */
export const deviceRecord = z.object({
  acknowledged: count,
  made: count,
  verified: count,
  /** The last event. */
  events: count,
  /** Readings up to here need not be proved any more: they are, or are set aside. */
  through: count,
  proved: z.object({ sequence: count, energy, reward: decimal, hash: hash.optional() }),
});
export type DeviceRecord = z.output<typeof deviceRecord>;

/** A reading by its device and number. */
const readingKey = z.tuple([address, count]);
export type ReadingKey = z.output<typeof readingKey>;

/** A signed transaction that was written down before it was sent, and so can be sent and found again. */
export const intentRecord = z.object({
  nonce: count,
  /** One and its replacements at higher fees: at most one of them is ever mined. */
  attempts: z.array(z.object({ hash, serialized: hex })).min(1),
  purpose: z.union([z.object({ link: decimal }), z.object({ readings: z.array(readingKey) })]),
});
export type IntentRecord = z.output<typeof intentRecord>;
export type Purpose = IntentRecord['purpose'];

/** Mined proofs that a reorganisation can still take back. */
export const minedRecord = z.array(
  z.object({
    hash,
    block: decimal,
    readings: z.array(readingKey),
    /** What each of them has earned. */
    rewards: z.array(decimal),
  }),
);
export type MinedProof = z.output<typeof minedRecord>[number];

/** JSON has no bigint. */
export function toJson(record: object): string {
  return JSON.stringify(record, (_, value) => (typeof value === 'bigint' ? `${value}` : value));
}
