import { type MilliwattHours, milliwattHours } from '../../firmware/energy';
import { Ledger } from '../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { EnergyAccumulator } from '../../firmware/metrology/energy';
import { EmulatedFlash } from '../../hosts/mock/flash';
import { Prng } from '../../hosts/mock/prng';
import { DAY, HOUR, MINUTE } from '../house/time';
import { expectSuccess } from './bench-meter';

/** Bytes, of the flash that wears */
const SIZE = 64 * 1024;
/** ms, of a window */
const WINDOW = 200;
const WINDOWS_PER_SECOND = 1000 / WINDOW;
const READING_INTERVAL = 15 * MINUTE;
const SWITCHING_INTERVAL = 2 * HOUR;
/** Years of service after which the wear is counted: numbers are longest then. */
const AGE = 20;
/** Bytes, of a week's profile of consumption */
const PROFILE = 180;
/** Of energy, so that something is left of a mWh nearly always: thousandths */
const FACTORS = { debit: 1333, feedIn: 457 };

/**
 * A ledger that does what it does in a meter: counts windows under a tariff, is saved before a reading every 15 minutes
 * and notes it, keeps a profile every hour, and is told of a dozen switchings a day, each with an event and a reading.
 */
export class WearLoad {
  readonly #region = new EmulatedFlash({ size: SIZE, prng: new Prng('wear') });
  readonly #ledger: Ledger;
  readonly #energies: readonly EnergyAccumulator[];
  readonly #line = new EnergyAccumulator();
  #second = 0;
  #sequence = 0;

  /**
   * @param phases 1 or 3
   * @param imported mWh in each year of service before
   * @param exported likewise
   */
  constructor(phases: number, imported: MilliwattHours, exported: MilliwattHours) {
    this.#ledger = expectSuccess('ledger', Ledger.open(this.#region));
    this.#energies = Array.from({ length: phases > 1 ? phases : 0 }, () => new EnergyAccumulator());
    const [taken, given] = [milliwattHours(AGE * imported), milliwattHours(AGE * exported)];
    const share = (energy: number) => milliwattHours(Math.floor(energy / phases));
    if (phases > 1)
      this.#ledger.consumePhases(
        this.#energies.map(() => ({ imported: share(taken), exported: share(given) })),
      );
    this.#ledger.consume(taken, given, 0, FACTORS.debit, FACTORS.feedIn);
    this.#ledger.acknowledge((AGE * 365 * DAY) / READING_INTERVAL);
    expectSuccess('credit', this.#ledger.credit(milliwattHours(2 * taken), milliwattHours(1)));
    this.#ledger.update({ policy: { ...INITIAL_POLICY, version: 1, lowBalance: 1000 } });
    const band = { fromMinute: 1020, toMinute: 1320, days: 127, factor: FACTORS.debit };
    const tariff = { version: 1, validFrom: 0, feedInFactor: FACTORS.feedIn, bands: new Array(4).fill(band) };
    this.#ledger.setTariffs([tariff, { ...tariff, version: 2 }]);
  }

  /** A second at a power in W, negative when it is fed in, over all phases alike. */
  advance(power: number): void {
    const ledger = this.#ledger;
    for (let window = 0; window < WINDOWS_PER_SECOND; window++) {
      const duration = 1000 * WINDOW;
      if (this.#energies.length > 0)
        ledger.consumePhases(
          this.#energies.map(energy => energy.add(power / this.#energies.length, duration)),
        );
      const { imported, exported } = this.#line.add(power, duration);
      ledger.consume(imported, exported, duration, FACTORS.debit, FACTORS.feedIn);
    }
    this.#second++;
    if (this.#second % SWITCHING_INTERVAL === 0) this.#switch();
    if (this.#second % READING_INTERVAL === 0) this.#makeReading();
    if (this.#second % HOUR === 0) ledger.keepProfile(new Uint8Array(PROFILE).fill(this.#second / HOUR));
  }

  /** Erases of the most erased sector so far */
  get erases(): number {
    return Math.max(...this.#region.erases);
  }

  #switch(): void {
    const ledger = this.#ledger;
    ledger.remember({ switchings: ledger.supplyMemory.switchings + 1 });
    const events = this.#next();
    ledger.update({ events });
    ledger.update({ eventsDelivered: events.sequence });
    this.#makeReading();
  }

  #makeReading(): void {
    this.#ledger.save();
    this.#ledger.update({ readings: this.#next() });
  }

  #next() {
    const sequence = ++this.#sequence;
    return { sequence, digest: new Uint8Array(32).fill(sequence) };
  }
}
