/** Of a `Tariff` directive, what this ledger goes by. Factors are in thousandths. */
export interface KnownTariff {
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
 * What the world reckons that a meter owes, from what it was sold, what it metered and when, and the tariff it was told
 * of: written from the specification of the tariff in DESIGN.md, in integers of any size and without any code of the
 * meter's. Local time is UTC, as it is for a meter that was told of no other.
 */
export class IndependentLedger {
  readonly #tariff: KnownTariff | undefined;
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
  #isValid = false;

  /** @param tariff that the meter has been told of from the beginning; absent: none, and each mWh counts as one */
  constructor(tariff?: KnownTariff) {
    this.#tariff = tariff;
  }

  /** @param energy mWh that were sold */
  credit(energy: number): void {
    this.#credited += BigInt(energy);
  }

  /**
   * Sees the meter's registers, after every change of them: what they grew by was registered at that moment.
   * @param imported mWh @param exported mWh @param time Unix seconds, never going back
   */
  see(imported: number, exported: number, time: number): void {
    const minute = Math.floor(time / 60);
    const isValid = this.#tariff !== undefined && time >= this.#tariff.validFrom;
    // Within a minute all weighs the same, so it is weighed when the minute is over.
    if (minute !== this.#minute || isValid !== this.#isValid) this.#weigh();
    this.#minute = minute;
    this.#isValid = isValid;
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

  #weigh(): void {
    this.#debited += BigInt(this.#imported - this.#weighedImported) * BigInt(this.#factor());
    const { feedInFactor } = this.#tariff ?? { feedInFactor: 0 };
    if (this.#isValid) this.#earned += BigInt(this.#exported - this.#weighedExported) * BigInt(feedInFactor);
    this.#weighedImported = this.#imported;
    this.#weighedExported = this.#exported;
  }

  #factor(): number {
    const date = new Date(this.#minute * 60_000);
    const minute = date.getUTCHours() * 60 + date.getUTCMinutes();
    // JavaScript's week begins on Sunday.
    const day = 2 ** ((date.getUTCDay() + 6) % 7);
    const bands = this.#isValid ? (this.#tariff?.bands ?? []) : [];
    const band = bands.find(
      ({ days, fromMinute, toMinute }) => (days & day) > 0 && minute >= fromMinute && minute < toMinute,
    );
    return band?.factor ?? 1000;
  }
}
