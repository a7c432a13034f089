import { SUPPLY_REASONS, type SupplyReason } from '../supply/supply-reason';

/** What the status word of a reading says about the moment at which it was made. */
export interface Status {
  /** The supply is on: what the meter last told the relay. */
  readonly relayClosed: boolean;
  /** The clock was not set: the timestamp is 0. */
  readonly timeUnknown: boolean;
  readonly lowBalance: boolean;
  /** The ledger could not be restored or written. */
  readonly ledgerFault: boolean;
  /** The sensor reported saturation, a gap or silence since the reading before. */
  readonly sensorFault: boolean;
  /** The balance is below the second threshold. */
  readonly criticalBalance: boolean;
  /** Energy was weighed without knowing the time, since the reading before. */
  readonly tariffUncertain: boolean;
  /** The case was opened, and no order came since. */
  readonly tampered: boolean;
  /** Why the supply is as it is. */
  readonly reason: SupplyReason;
}

const FLAGS = [
  'relayClosed',
  'timeUnknown',
  'lowBalance',
  'ledgerFault',
  'sensorFault',
  'criticalBalance',
  'tariffUncertain',
  'tampered',
] as const;
const REASON_SHIFT = 8;

/** Bits 0 to 7 are the flags in the order above, bits 8 to 15 the supply reason's number; the rest is zero. */
export function statusWord(status: Status): number {
  const flags = FLAGS.reduce((word, flag, bit) => (status[flag] ? word | (1 << bit) : word), 0);
  return flags | (SUPPLY_REASONS[status.reason] << REASON_SHIFT);
}

/** What a status word says; `reason` is undefined when the number is none that this version knows. */
export function readStatus(
  word: number,
): Omit<Status, 'reason'> & { readonly reason: SupplyReason | undefined } {
  const number = (word >>> REASON_SHIFT) & 0xff;
  const reasons = Object.keys(SUPPLY_REASONS) as SupplyReason[];
  const flags = Object.fromEntries(FLAGS.map((flag, bit) => [flag, (word & (1 << bit)) !== 0]));
  const reason = reasons.find(name => SUPPLY_REASONS[name] === number);
  return { ...(flags as Omit<Status, 'reason'>), reason };
}
