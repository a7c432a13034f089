import { BREACHES, type Breach, type Loss, NO_LOSS, worse } from './promises';
import type { Failure, StormReport } from './storm';

/** Counted instead by how much the worst was. */
const TOLD_AS_WORST: Breach = 'energy lost beyond the bound';

/** Where something was broken: all that it takes to see it again. */
export interface Finding extends Failure {
  readonly scenario: string;
  readonly seed: string;
}

/** Adds up what storms report. */
export class Tally {
  readonly findings: Finding[] = [];
  readonly #cuts = new Map<string, number>();
  #worst: Loss = NO_LOSS;

  get cuts(): number {
    return [...this.#cuts.values()].reduce((sum, cuts) => sum + cuts, 0);
  }

  add(scenario: string, seed: string, { cuts, worst, failure }: StormReport): void {
    this.#cuts.set(scenario, (this.#cuts.get(scenario) ?? 0) + cuts);
    this.#worst = worse(this.#worst, worst);
    if (failure !== undefined) this.findings.push({ ...failure, scenario, seed });
  }

  /** The counts of each scenario, and a line for each promise. */
  lines(): readonly string[] {
    const { lost, bound } = this.#worst;
    const count = (breach: Breach) => this.findings.filter(finding => finding.breach === breach).length;
    const promises = BREACHES.flatMap(breach => {
      if (breach === TOLD_AS_WORST) return [];
      const line = `${breach} ${count(breach)}`;
      return breach === 'unreadable boots' ? [`worst energy lost ${lost} mWh of ${bound}`, line] : [line];
    });
    return [...[...this.#cuts].map(([scenario, cuts]) => `${scenario} ${cuts} cuts`), ...promises];
  }
}
