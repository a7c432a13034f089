import type { DeskRefusal } from './directives/desk';
import type { LedgerFault } from './ledger/ledger';
import type { VoiceFault } from './voice';

/**
 * What keeps the meter from working: ledger or log on its flash, or a secret or signer that is none. `sealed`: it found
 * another calibration than the one in force, and may not take it.
 */
export type MeterFault = LedgerFault | VoiceFault | 'sealed';

/** `unlinked`: it is as after a reset. `stale`: that reset, or a later one, was done before. */
export type ResetFault = DeskRefusal | 'stale' | 'unlinked' | MeterFault;
