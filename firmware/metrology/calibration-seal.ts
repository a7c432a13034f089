import { equal } from '../bytes';

/** What is to be known of a calibration that a meter finds at its start. */
export interface FoundCalibration {
  /** Digest of the one that the ledger knows, 32 bytes; zeros: of none yet */
  readonly inForce: Uint8Array;
  /** Digest of the one that is found */
  readonly found: Uint8Array;
  /** By the policy in force */
  readonly sealed: boolean;
  readonly linked: boolean;
}

/**
 * `same`: the one in force. `adopt`: it comes into force, durably, before it measures anything. `refuse`: nothing may be
 * supplied by it.
 */
export type CalibrationVerdict = 'same' | 'adopt' | 'refuse';

/**
 * Whether a meter may measure by a calibration. A seal holds from the link on: before it there is nobody to cheat, and
 * whoever makes the meter calibrates it. What a linked meter finds first comes into force even when sealed, for a firmware
 * before the seal kept no digest.
 */
export function judgeCalibration({ inForce, found, sealed, linked }: FoundCalibration): CalibrationVerdict {
  if (equal(inForce, found)) return 'same';
  const isFirst = inForce.every(byte => byte === 0);
  return linked && sealed && !isFirst ? 'refuse' : 'adopt';
}
