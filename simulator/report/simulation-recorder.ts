import type { Crypto } from '../../firmware/host';
import { createCrypto } from '../../hosts/node/crypto';
import { MINUTE } from '../house/time';
import type { Account } from '../operator';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { downsample } from './downsample';
import { MeterHistory, SPARE } from './meter-history';
import type { AccuracyPoint, EnergyPoint, Extent, Purchase, ReportData, ReportedMeter } from './report-data';
import { reportOfMeters } from './report-of-meters';
import { pointsFor, registersOf, reportedMeter, totalsOf } from './reported-meter';
import { stretchesOf } from './supply-trail';
import { Trail } from './trail';

/** What of a simulation is written down. */
export type RecordedSimulation = Pick<Simulation, 'clock' | 'time' | 'meters' | 'purchases' | 'account'>;

/** s of simulated time between two samples */
const STEP = 15 * MINUTE;
/** mWh: of less, a window that one of the two has counted and the other has not is more than the error */
const ENOUGH_TO_COMPARE = 100_000;

/** Writes down what the meters of a simulation counted and what truly flowed, from the moment it is made. */
export class SimulationRecorder {
  readonly #simulation: RecordedSimulation;
  readonly #trails: readonly MeterTrail[];

  constructor(simulation: RecordedSimulation) {
    this.#simulation = simulation;
    const points = pointsFor(simulation.meters.length);
    this.#trails = simulation.meters.map(meter => new MeterTrail(meter, points));
    simulation.clock.after(0, () => this.#tick());
  }

  /** The report up to this moment. @param title of what it is one @param partial of how much, where it was to be more */
  report(title: string, partial?: Extent): ReportData {
    const crypto = createCrypto();
    const points = pointsFor(this.#trails.length);
    this.#sample();
    const meters = this.#trails.map(trail => reportOfMeter(crypto, this.#simulation, trail, points));
    return reportOfMeters({ title, notes: [], ...(partial && { partial }) }, meters);
  }

  #tick(): void {
    this.#sample();
    this.#simulation.clock.after(STEP * 1000, () => this.#tick());
  }

  #sample(): void {
    for (const trail of this.#trails) {
      trail.sample(this.#simulation.time);
      trail.collect(this.#simulation.account(trail.meter));
    }
  }
}

/** What is written down of one meter. */
class MeterTrail {
  readonly meter: SimulatedMeter;
  readonly history: MeterHistory;
  readonly energy: Trail<EnergyPoint>;
  readonly accuracy: Trail<AccuracyPoint>;
  #sampledAt = Number.NEGATIVE_INFINITY;
  #lastReading: Account['readings'][number] | undefined;
  #lastEvent: Account['events'][number] | undefined;

  constructor(meter: SimulatedMeter, points: number) {
    this.meter = meter;
    this.history = new MeterHistory(points);
    this.energy = new Trail(SPARE * points, rows =>
      downsample(rows, points, ['imported', 'exported', 'balance']),
    );
    this.accuracy = new Trail(SPARE * points, rows =>
      downsample(rows, points, ['importedError', 'exportedError']),
    );
  }

  /** An account may show only the last that came. */
  collect({ readings, events }: Account): void {
    for (const reading of newOf(readings, this.#lastReading)) this.history.addReading(reading);
    for (const event of newOf(events, this.#lastEvent)) this.history.addEvent({ event, verified: true });
    this.#lastReading = readings.at(-1);
    this.#lastEvent = events.at(-1);
  }

  /** A moment once. Of a meter without power nothing is known. */
  sample(at: number): void {
    const { registers, balance } = this.meter.meter ?? {};
    if (registers === undefined || balance === undefined || at === this.#sampledAt) return;
    this.#sampledAt = at;
    const { imported, exported } = registers;
    const { imported: trueImported, exported: trueExported } = this.meter.home;
    this.energy.add({ at, imported, exported, balance });
    this.accuracy.add({
      ...{ at, imported, trueImported, importedError: errorOf(imported, trueImported) },
      ...{ exported, trueExported, exportedError: errorOf(exported, trueExported) },
    });
  }
}

/** @param shown that has no gap behind the last that is known, or else does not have that one */
function newOf<Item>(shown: readonly Item[], last: Item | undefined): readonly Item[] {
  return last === undefined ? shown : shown.slice(shown.lastIndexOf(last) + 1);
}

/** % of the truth; null while there is too little to compare */
function errorOf(metered: number, truth: number): number | null {
  return truth < ENOUGH_TO_COMPARE ? null : (100 * (metered - truth)) / truth;
}

function reportOfMeter(
  crypto: Crypto,
  simulation: RecordedSimulation,
  { meter: simulated, history, energy, accuracy }: MeterTrail,
  points: number,
): ReportedMeter {
  const { m3terId, meter, home } = simulated;
  const account = simulation.account(simulated);
  const { device, acknowledged } = account;
  const told = history.tables(acknowledged);
  const tables = {
    ...told,
    // what is acknowledged came, written down or not
    gaps: told.gaps.filter(({ last }) => last > acknowledged),
    energy: energy.rows,
    accuracy: accuracy.rows,
    supply: stretchesOf(simulated.supply, simulation.time),
    purchases: simulation.purchases.filter(purchase => purchase.m3terId === m3terId).map(withoutMeter),
  };
  const facts = { m3terId, device, acknowledged, malformed: 0 };
  const totals = totalsOf(crypto, facts, history, tables);
  const { registers, balance } = meter ?? {};
  const known = registers && balance !== undefined && { ...registersOf(registers), balance };
  return reportedMeter(
    {
      ...{ ...totals, ...known, trueEnergy: Math.round(home.imported) },
      readings: {
        ...totals.readings,
        ...(meter && { made: meter.lastReading, acknowledged: meter.acknowledged }),
        ...{ verified: account.verified, received: account.verified + totals.readings.unverified },
        missing: tables.gaps.reduce((sum, { first, last }) => sum + last - first + 1, 0),
      },
    },
    tables,
    points,
    { ...history.counts, energy: energy.count, accuracy: accuracy.count },
  );
}

function withoutMeter({ at, energy }: Purchase): Purchase {
  return { at, energy };
}
