import type { Measurement } from '../host';
import type { Ledger } from '../ledger/ledger';
import { EnergyAccumulator, type EnergyFlow, totalActivePower } from './energy';

/** Counts into the ledger what one measurement after the other took and gave: in all, and through each phase. */
export class Consumption {
  readonly #energy = new EnergyAccumulator();
  /** Of each phase, where there is more than one. */
  readonly #phases: readonly EnergyAccumulator[];
  #power = 0;

  /** @param phases 1 to 3 */
  constructor(phases: number) {
    this.#phases = Array.from({ length: phases > 1 ? phases : 0 }, () => new EnergyAccumulator());
  }

  /** W, of all phases together, of the last measurement */
  get power(): number {
    return this.#power;
  }

  /** The phases are not told apart by registers of their own: there is only one. */
  get isSinglePhase(): boolean {
    return this.#phases.length === 0;
  }

  /** @param ledger undefined when it could not be restored: nothing is counted, and nothing supplied */
  take(measurement: Measurement, ledger: Ledger | undefined): void {
    // Not destructured, which takes XS twice as long.
    const duration = measurement.duration;
    const power = totalActivePower(measurement.phases);
    this.#power = power;
    const flow = this.#energy.add(power, duration);
    if (ledger === undefined) return;
    if (this.#phases.length > 0) ledger.consumePhases(this.#phaseFlows(measurement));
    ledger.consume(flow.imported, flow.exported, duration);
  }

  #phaseFlows({ phases, duration }: Measurement): EnergyFlow[] {
    return this.#phases.map((energy, p) => energy.add(phases[p]?.activePower ?? 0, duration));
  }
}
