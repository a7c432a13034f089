import type { MilliwattHours } from '../energy';

/** What supply must know after a power cut. */
export interface SupplyMemory {
  /** How often the relay was told to close or to open, u32 */
  readonly switchings: number;
  /** Energy credited in total when emergency credit was last taken; it holds until more is. Undefined: never */
  readonly emergencyAt: MilliwattHours | undefined;
  /** What was cut off for want of credit waits until somebody asks for it at the meter. */
  readonly isUnarmed: boolean;
  /** Friendly hours found the balance used up and the supply on: it stays on until they end. */
  readonly isSpared: boolean;
  /** The case was opened; holds until the next order. */
  readonly isTampered: boolean;
  /** The M3tering Console wants no supply. */
  readonly isSuspended: boolean;
  /** How often the load was cut under the order of version `cutsUnder`, u8 */
  readonly loadCuts: number;
  /** Version of a SupplyOrder, u32 */
  readonly cutsUnder: number;
}

export const INITIAL_MEMORY: SupplyMemory = {
  switchings: 0,
  emergencyAt: undefined,
  isUnarmed: false,
  isSpared: false,
  isTampered: false,
  isSuspended: false,
  loadCuts: 0,
  cutsUnder: 0,
};
