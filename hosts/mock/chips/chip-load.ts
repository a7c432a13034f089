/** What flows through a chip. */
export interface ChipLoad {
  /** V */
  readonly voltage: number;
  /** A */
  readonly current: number;
  /** W; below 0 where power flows back */
  readonly activePower: number;
  /** var, inductive where positive; 0 where absent */
  readonly reactivePower?: number;
  /** Hz; 50 where absent */
  readonly frequency?: number;
}

/** Nothing is drawn at 230 V. */
export const NO_LOAD: ChipLoad = { voltage: 230, current: 0, activePower: 0 };

/** A load that heats. */
export function heater(watts: number, voltage = 230): ChipLoad {
  return { voltage, current: Math.abs(watts) / voltage, activePower: watts };
}
