/** Of a `Tariff` directive, what this ledger goes by. Factors are in thousandths. */
export interface KnownTariff {
  /** An older one than the newest that it was told of is passed over. */
  readonly version: number;
  /** Unix seconds */
  readonly validFrom: number;
  readonly feedInFactor: number;
  readonly bands: readonly {
    /** Of the day */
    readonly fromMinute: number;
    /** Of the day; the first that is not in it */
    readonly toMinute: number;
    /** Bit 0 Monday to bit 6 Sunday */
    readonly days: number;
    readonly factor: number;
  }[];
}

/** mWh */
export interface IndependentAccount {
  readonly debited: bigint;
  readonly feedIn: bigint;
  readonly balance: bigint;
}

/**
 * What the world reckons that a meter owes, from what it was sold, what it metered and when, and the tariffs that reached
 * it: written from the specification of the tariff in DESIGN.md, in integers of any size and without any code of the
 * meter's. Local time is UTC, as it is for a meter that was told of no other.
 */
export class IndependentLedger {
  /** Undefined: none has begun, and each mWh counts as one. */
  #present: KnownTariff | undefined;
  /** Begins at its `validFrom`. */
  #later: KnownTariff | undefined;
  #credited = 0n;
  /** Thousandths of a mWh */
  #debited = 0n;
  #earned = 0n;
  /** mWh, as the meter's registers were seen last */
  #imported = 0;
  #exported = 0;
  /** mWh of them that have been weighed */
  #weighedImported = 0;
  #weighedExported = 0;
  /** Since the epoch, in which what is not weighed yet was registered */
  #minute = 0;

  /** @param energy mWh that were sold */
  credit(energy: number): void {
    this.#credited += BigInt(energy);
  }

  /**
   * A tariff has reached the meter: it replaces the present one once it is valid, and one that waits at once.
   * @param time Unix seconds, never going back
   */
  tell(tariff: KnownTariff, time: number): void {
    const newest = this.#later ?? this.#present;
    if (newest !== undefined && tariff.version <= newest.version) return;
    this.#begin(time);
    this.#later = tariff;
    this.#begin(time);
  }

  /**
   * Sees the meter's registers, after every change of them: what they grew by was registered at that moment.
   * @param imported mWh @param exported mWh @param time Unix seconds, never going back
   */
  see(imported: number, exported: number, time: number): void {
    const minute = Math.floor(time / 60);
    this.#begin(time);
    // Within a minute all weighs the same, so it is weighed when the minute is over.
    if (minute !== this.#minute) this.#weigh();
    this.#minute = minute;
    this.#imported = imported;
    this.#exported = exported;
  }

  /** Of all that was sold and seen until now: thousandths of a mWh that are not whole ones yet do not count. */
  get account(): IndependentAccount {
    this.#weigh();
    const debited = this.#debited / 1000n;
    const feedIn = this.#earned / 1000n;
    return { debited, feedIn, balance: this.#credited + feedIn - debited };
  }

  /** The tariff that waits is the present one if it is valid by now; what was seen before weighs by the one before. */
  #begin(time: number): void {
    if (this.#later === undefined || time < this.#later.validFrom) return;
    this.#weigh();
    this.#present = this.#later;
    this.#later = undefined;
  }

  #weigh(): void {
    this.#debited += BigInt(this.#imported - this.#weighedImported) * BigInt(this.#factor());
    const feedInFactor = BigInt(this.#present?.feedInFactor ?? 0);
    this.#earned += BigInt(this.#exported - this.#weighedExported) * feedInFactor;
    this.#weighedImported = this.#imported;
    this.#weighedExported = this.#exported;
  }

  #factor(): number {
    const date = new Date(this.#minute * 60_000);
    const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
    // JavaScript's week begins on Sunday.
    const day = 2 ** ((date.getUTCDay() + 6) % 7);
    const band = this.#present?.bands.find(
      ({ days, fromMinute, toMinute }) => (days & day) > 0 && minute >= fromMinute && minute < toMinute,
    );
    return band?.factor ?? 1000;
  }
}
