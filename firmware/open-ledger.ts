import type { Host } from './host';
import { Ledger, type LedgerFault } from './ledger/ledger';
import { isLogUsed } from './link/is-log-used';
import { failure, type Result } from './result';

/**
 * Restores the ledger. One that knows of no link, and of no reset, beside a log that was used is `corrupt`: to begin at
 * zero would give the household all that it ever bought once more.
 * @param onSectorRetired told once of each sector that fails from now on, also while opening
 */
export function openLedger(
  { flash }: Host,
  onSectorRetired: (sector: number) => void,
): Result<Ledger, LedgerFault> {
  const ledger = Ledger.open(flash.ledger, onSectorRetired);
  if (!ledger.ok) return ledger;
  const { link, resetVersion } = ledger.value.settings;
  return link === undefined && resetVersion === 0 && isLogUsed(flash.log) ? failure('corrupt') : ledger;
}
