/** Minutes of the local week, and what energy weighs in them. */
export interface BandSetting {
  /** Of the local day, 0 to 1439 */
  readonly fromMinute: number;
  /** Of the local day, above `fromMinute` and up to 1440: the first that is not in it */
  readonly toMinute: number;
  /** Bit 0 Monday to bit 6 Sunday */
  readonly days: number;
  /** Thousandths */
  readonly factor: number;
}

/** What energy weighs on the balance, by the time of the week: of the bands the first that holds, outside all 1000. */
export interface TariffSetting {
  /** u32 */
  readonly version: number;
  /** Unix seconds */
  readonly validFrom: number;
  /** Thousandths of what is exported that are earned; 0: nothing */
  readonly feedInFactor: number;
  readonly bands: readonly BandSetting[];
}

/** The most that a meter takes. */
export const MOST_BANDS = 16;
