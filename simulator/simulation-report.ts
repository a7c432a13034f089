import { type MilliwattHours, milliwattHours } from '../firmware/energy';
import type { Registers } from '../firmware/ledger/state';
import type { Forecast } from '../firmware/supply/forecast';
import { DAY } from './house/time';
import type { SimulatedMeter, SupplyChange } from './simulated-meter';
import { type Simulation, START_TIME } from './simulation';
import { formatEnergy, formatError, formatForecast } from './view/format';

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
  readonly balance: MilliwattHours;
  /** h, and mWh in the next 24 h; absent while the meter has not learned a day */
  readonly forecast?: Forecast;
  /** What was truly taken from the grid: to be compared with `imported` */
  readonly trueEnergy: number;
  readonly readings: { readonly made: number; readonly acknowledged: number; readonly verified: number };
  readonly supply: readonly SupplyChange[];
  /** What the world reckons by itself, given the metered energy: to be the same as above */
  readonly independent: Pick<MeterReport, 'debited' | 'feedIn' | 'balance'>;
}

/** @param wallSeconds that the simulation took. A meter that is unplugged has no registers, and is left out. */
export function reportOf(simulation: Simulation, seed: number, wallSeconds: number): SimulationReport {
  const seconds = simulation.time - START_TIME;
  return {
    seed,
    days: seconds / DAY,
    wallSeconds,
    speedUp: seconds / wallSeconds,
    meters: simulation.meters.flatMap(meter => meterReport(simulation, meter) ?? []),
  };
}

function meterReport(simulation: Simulation, simulated: SimulatedMeter): MeterReport | undefined {
  const { meter, home } = simulated;
  const { registers, balance, forecast } = meter ?? {};
  if (meter === undefined || registers === undefined || balance === undefined) return undefined;
  const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
  const { readings } = simulation.account(simulated);
  return {
    m3terId: Number(simulated.m3terId),
    ...{ imported, exported, debited, credited, withdrawn, feedIn },
    balance,
    ...(forecast && { forecast }),
    trueEnergy: Math.round(home.imported),
    readings: {
      made: meter.lastReading,
      acknowledged: meter.acknowledged,
      verified: readings.filter(({ problems }) => problems.length === 0).length,
    },
    supply: simulated.supply,
    independent: independentReport(simulated),
  };
}

function independentReport({ independent }: SimulatedMeter): MeterReport['independent'] {
  const { debited, feedIn, balance } = independent.account;
  return {
    debited: milliwattHours(Number(debited)),
    feedIn: milliwattHours(Number(feedIn)),
    balance: Number(balance) as MilliwattHours,
  };
}

/** The same for people, a line each. */
export function reportLines({ days, wallSeconds, speedUp, meters }: SimulationReport): string[] {
  const lines = meters.map(meter => {
    const { made, verified, acknowledged } = meter.readings;
    const cuts = meter.supply.filter(({ reason }) => reason === 'exhausted').length;
    const parts = [
      `metered ${formatEnergy(meter.imported)}, true ${formatEnergy(meter.trueEnergy)} (${formatError(meter.imported, meter.trueEnergy)})`,
      `bought ${formatEnergy(meter.credited)}, balance ${formatEnergy(meter.balance)}, lasts ${formatForecast(meter.forecast)}, cut off ${cuts} times`,
      `debited ${formatEnergy(meter.debited)}, fed in ${formatEnergy(meter.feedIn)}, off the independent ledger by ${meter.balance - meter.independent.balance} mWh`,
      `readings made ${made}, verified ${verified}, acknowledged ${acknowledged}`,
    ];
    return `M3ter ${meter.m3terId}: ${parts.join('; ')}`;
  });
  const pace = `${days.toFixed(2)} days in ${wallSeconds.toFixed(1)} s, ${Math.round(speedUp)} times real time`;
  return [...lines, pace];
}
