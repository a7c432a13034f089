import type { Event } from '../../firmware/attest/signed-types';
import type { Crypto } from '../../firmware/host';
import { createCrypto } from '../../hosts/node/crypto';
import { MINUTE } from '../house/time';
import type { Account, ReceivedReading } from '../operator';
import type { SimulatedMeter } from '../simulated-meter';
import type { Simulation } from '../simulation';
import { downsample } from './downsample';
import type { MeterHistory } from './meter-history';
import { stretchesOf, tablesOf } from './meter-tables';
import type { AccuracyPoint, EnergyPoint, Purchase, ReportData, ReportedMeter } from './report-data';
import { pointsFor, registersOf, reportData, reportedMeter, totalsOf } from './reported-meter';

/** What of a simulation is written down. */
export type RecordedSimulation = Pick<Simulation, 'clock' | 'time' | 'meters' | 'purchases' | 'account'>;

/** s of simulated time between two samples */
const STEP = 15 * MINUTE;
/** mWh: of less, a window that one of the two has counted and the other has not is more than the error */
const ENOUGH_TO_COMPARE = 100_000;
/** Samples that are kept are thinned out when they are so many times what a plot shows. */
const SPARE = 4;

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

  /** The report up to this moment. @param title of what it is one */
  report(title: string): ReportData {
    const crypto = createCrypto();
    const points = pointsFor(this.#trails.length);
    this.#sample();
    const meters = this.#trails.map(trail => reportOfMeter(crypto, this.#simulation, trail, points));
    return reportData(title, [], meters);
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
  readonly readings: ReceivedReading[] = [];
  readonly events: Event[] = [];
  readonly energy: Trail<EnergyPoint>;
  readonly accuracy: Trail<AccuracyPoint>;

  constructor(meter: SimulatedMeter, points: number) {
    this.meter = meter;
    this.energy = new Trail(points, ['imported', 'exported', 'balance']);
    this.accuracy = new Trail(points, ['importedError', 'exportedError']);
  }

  /** An account may show only the last that came. */
  collect(account: Account): void {
    addNew(this.readings, account.readings);
    addNew(this.events, account.events);
  }

  /** Of a meter without power nothing is known. */
  sample(at: number): void {
    const { registers, balance } = this.meter.meter ?? {};
    if (registers === undefined || balance === undefined) return;
    const { imported, exported } = registers;
    const { imported: trueImported, exported: trueExported } = this.meter.home;
    this.energy.add({ at, imported, exported, balance });
    this.accuracy.add({
      ...{ at, imported, trueImported, importedError: errorOf(imported, trueImported) },
      ...{ exported, trueExported, exportedError: errorOf(exported, trueExported) },
    });
  }
}

/** @param shown that has no gap behind the last of `items`, or else none of them */
function addNew<Item>(items: Item[], shown: readonly Item[]): void {
  const last = items.at(-1);
  const known = last === undefined ? -1 : shown.lastIndexOf(last);
  items.push(...shown.slice(known + 1));
}

/** Rows as they come, a moment once; thinned out before they are more than memory has room for. */
class Trail<Row extends { readonly at: number }> {
  readonly #points: number;
  readonly #columns: readonly (keyof Row)[];
  #rows: Row[] = [];

  constructor(points: number, columns: readonly (keyof Row)[]) {
    this.#points = points;
    this.#columns = columns;
  }

  get rows(): readonly Row[] {
    return this.#rows;
  }

  add(row: Row): void {
    if (this.#rows.at(-1)?.at === row.at) return;
    this.#rows.push(row);
    if (this.#rows.length < SPARE * this.#points) return;
    this.#rows = [...downsample(this.#rows, this.#points, this.#columns)];
  }
}

/** % of the truth; null while there is too little to compare */
function errorOf(metered: number, truth: number): number | null {
  return truth < ENOUGH_TO_COMPARE ? null : (100 * (metered - truth)) / truth;
}

function reportOfMeter(
  crypto: Crypto,
  simulation: RecordedSimulation,
  { meter: simulated, energy, accuracy, readings, events }: MeterTrail,
  points: number,
): ReportedMeter {
  const { m3terId, meter, home } = simulated;
  const account = simulation.account(simulated);
  const history: MeterHistory = {
    m3terId,
    device: account.device,
    readings,
    malformed: 0,
    events: events.map(event => ({ event, verified: true })),
    acknowledged: account.acknowledged,
  };
  const told = tablesOf(history);
  const tables = {
    ...told,
    // what is acknowledged came, written down or not
    gaps: told.gaps.filter(({ last }) => last > account.acknowledged),
    energy: energy.rows,
    accuracy: accuracy.rows,
    supply: stretchesOf(simulated.supply, simulation.time),
    purchases: simulation.purchases.filter(purchase => purchase.m3terId === m3terId).map(withoutMeter),
  };
  const totals = totalsOf(crypto, history, tables);
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
  );
}

function withoutMeter({ at, energy }: Purchase): Purchase {
  return { at, energy };
}
