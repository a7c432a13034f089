import { toKilowattHours } from '../firmware/energy';
import type { Registers } from '../firmware/ledger/state';
import type { SimulatedMeter, SupplyChange } from './simulated-meter';
import { type Simulation, START_TIME } from './simulation';

/** What `m3ter simulate --json` prints; energies in mWh, times in Unix seconds of the simulation. */
export interface SimulationReport {
  readonly seed: number;
  /** Simulated days */
  readonly days: number;
  readonly wallSeconds: number;
  /** Simulated seconds per second */
  readonly speedUp: number;
  readonly meters: readonly MeterReport[];
}

export interface MeterReport extends Registers {
  readonly m3terId: number;
  readonly balance: number;
  /** What was truly taken from the grid: to be compared with `imported` */
  readonly trueEnergy: number;
  /** What was truly given to the grid: to be compared with `exported` */
  readonly trueExport: number;
  readonly readings: { readonly made: number; readonly acknowledged: number; readonly verified: number };
  readonly supply: readonly SupplyChange[];
}

/** @param wallSeconds that the simulation took. A meter that is unplugged has no registers, and is left out. */
export function reportOf(simulation: Simulation, seed: number, wallSeconds: number): SimulationReport {
  const seconds = simulation.time - START_TIME;
  return {
    seed,
    days: seconds / 86400,
    wallSeconds,
    speedUp: seconds / wallSeconds,
    meters: simulation.meters.flatMap(meter => meterReport(simulation, meter) ?? []),
  };
}

function meterReport(simulation: Simulation, simulated: SimulatedMeter): MeterReport | undefined {
  const { meter, home } = simulated;
  const registers = meter?.registers;
  if (meter === undefined || registers === undefined) return undefined;
  const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
  const { readings } = simulation.account(simulated);
  return {
    m3terId: Number(simulated.m3terId),
    ...{ imported, exported, debited, credited, withdrawn, feedIn },
    balance: meter.balance ?? 0,
    trueEnergy: Math.round(home.imported),
    trueExport: Math.round(home.exported),
    readings: {
      made: meter.lastReading,
      acknowledged: meter.acknowledged,
      verified: readings.filter(({ problems }) => problems.length === 0).length,
    },
    supply: simulated.supply,
  };
}

/** The same for people, a line each. */
export function reportLines({ days, wallSeconds, speedUp, meters }: SimulationReport): string[] {
  const kWh = (energy: number) => toKilowattHours(energy as Registers['imported']).toFixed(3);
  const lines = meters.map(meter => {
    const error = (100 * (meter.imported - meter.trueEnergy)) / Math.max(1, meter.trueEnergy);
    const { made, verified, acknowledged } = meter.readings;
    const cuts = meter.supply.filter(({ reason }) => reason === 'exhausted').length;
    return [
      `M3ter ${meter.m3terId}`,
      `metered ${kWh(meter.imported)} kWh, true ${kWh(meter.trueEnergy)} kWh (${error.toFixed(3)} %)`,
      `bought ${kWh(meter.credited)} kWh, balance ${kWh(meter.balance)} kWh, cut off ${cuts} times`,
      `readings made ${made}, verified ${verified}, acknowledged ${acknowledged}`,
    ].join(': ');
  });
  const pace = `${days.toFixed(2)} days in ${wallSeconds.toFixed(1)} s, ${Math.round(speedUp)} times real time`;
  return [...lines, pace];
}
