import { detailDigests, type EventName } from './attest/event';
import type { Crypto } from './host';
import type { Ledger } from './ledger/ledger';
import type { PhaseCalibration } from './metrology/calibration';
import { calibrationDigest } from './metrology/calibration-digest';
import { judgeCalibration } from './metrology/calibration-seal';

/**
 * What is measured by another calibration than before is told, or is not supplied.
 * @param note takes the event, where there is one
 * @returns undefined when the meter may measure by it
 */
export function checkCalibration(
  crypto: Crypto,
  ledger: Ledger,
  calibration: readonly PhaseCalibration[],
  note: (name: EventName, detail: Uint8Array) => void,
): 'sealed' | undefined {
  const { calibration: inForce, link, policy } = ledger.settings;
  const found = calibrationDigest(crypto, calibration);
  const isSealed = policy.sealed === 1;
  const verdict = judgeCalibration({ inForce, found, sealed: isSealed, linked: link !== undefined });
  if (verdict === 'refuse') note('calibrationRefused', detailDigests(inForce, found));
  // One that is not on flash is not in force: the ledger's fault cuts the supply, and the next start tries again.
  if (verdict === 'adopt' && ledger.update({ calibration: found }))
    note('calibrationChanged', detailDigests(inForce, found));
  return verdict === 'refuse' ? 'sealed' : undefined;
}
