/** What is counted of a gateway that is killed again and again: each must stay at zero. */
export const PROMISES = [
  'payments uncredited',
  'payments credited twice',
  'readings unacknowledged',
  'readings lost',
  'readings told of before they were stored',
  'credit told of before it was stored',
  'forgeries accepted',
  'readings proved twice',
  'readings unproved',
  'transactions reverted',
  'registers on chain behind',
  'stores unreadable',
  'gateways ended by themselves',
] as const;
export type GatewayPromise = (typeof PROMISES)[number];

/** One that was not kept. */
export interface Breach {
  readonly promise: GatewayPromise;
  /** What was expected and found. */
  readonly message: string;
}
