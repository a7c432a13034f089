import { type MilliwattHours, milliwattHours } from '../energy';
import type { Clock, Measurement } from '../host';
import type { Ledger } from '../ledger/ledger';
import { TariffClock } from '../ledger/tariff-clock';
import { EnergyAccumulator, type EnergyFlow, totalActivePower } from './energy';

const NO_ENERGY = milliwattHours(0);

/** Counts into the ledger what one measurement after the other took and gave: in all, and through each phase. */
export class Consumption {
  /** W, of all phases together, of the last measurement */
  power = 0;
  readonly #energy = new EnergyAccumulator();
  /** Of each phase, where there is more than one. */
  readonly #phases: readonly EnergyAccumulator[];
  readonly #clock: Clock;
  /** Made for the first tariff. */
  #tariff: TariffClock | undefined;

  /** @param phases 1 to 3 */
  constructor(clock: Clock, phases: number) {
    this.#clock = clock;
    this.#phases = Array.from({ length: phases > 1 ? phases : 0 }, () => new EnergyAccumulator());
  }

  /** The phases are not told apart by registers of their own: there is only one. */
  get isSinglePhase(): boolean {
    return this.#phases.length === 0;
  }

  /**
   * @param ledger undefined when it could not be restored: nothing is counted, and nothing supplied
   * @param time ms, monotonic
   */
  take(measurement: Measurement, ledger: Ledger | undefined, time: number): void {
    // Not destructured, which takes XS twice as long.
    const duration = measurement.duration;
    const power = totalActivePower(measurement.phases);
    this.power = power;
    const energy = this.#energy.complete(power, duration);
    if (ledger === undefined) return;
    if (this.#phases.length > 0) ledger.consumePhases(this.#phaseFlows(measurement));
    const imported = power > 0 ? energy : NO_ENERGY;
    const exported = power > 0 ? NO_ENERGY : energy;
    if (ledger.tariffs.length === 0) ledger.consume(imported, exported, duration);
    else this.#weigh(imported, exported, duration, ledger, time);
  }

  /** Whether, since it was last asked, energy was weighed that may weigh otherwise, because the time was unknown. */
  takeUncertainty(): boolean {
    return this.#tariff?.takeUncertainty() ?? false;
  }

  #weigh(
    imported: MilliwattHours,
    exported: MilliwattHours,
    duration: number,
    ledger: Ledger,
    time: number,
  ): void {
    this.#tariff ??= new TariffClock(this.#clock);
    const tariff = this.#tariff;
    tariff.update(ledger, time);
    ledger.consume(imported, exported, duration, tariff.factor, tariff.feedInFactor);
  }

  #phaseFlows({ phases, duration }: Measurement): EnergyFlow[] {
    return this.#phases.map((energy, p) => energy.add(phases[p]?.activePower ?? 0, duration));
  }
}
