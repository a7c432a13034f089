import { type MilliwattHours, milliwattHours } from '../firmware/energy';
import type { Registers } from '../firmware/ledger/state';
import type { Forecast } from '../firmware/supply/forecast';
import type { ChainReport, MeterChainReport } from './chain/simulated-statement';
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
  /** Absent where there is none. */
  readonly chain?: ChainReport;
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
  /** What the chain holds of it; absent where there is none. */
  readonly chain?: MeterChainReport;
}

/** @param wallSeconds that the simulation took. A meter that is unplugged has no registers, and is left out. */
export async function reportOf(
  simulation: Simulation,
  seed: number,
  wallSeconds: number,
): Promise<SimulationReport> {
  const seconds = simulation.time - START_TIME;
  const meters = simulation.meters.flatMap(meter => meterReport(simulation, meter) ?? []);
  const pace = { seed, days: seconds / DAY, wallSeconds, speedUp: seconds / wallSeconds };
  const market = simulation.chainMarket;
  if (market === undefined) return { ...pace, meters };
  const { chainReportOf, meterChainReportOf } = await import('./chain/simulated-statement');
  const proved: MeterReport[] = [];
  for (const meter of meters)
    proved.push({ ...meter, chain: await meterChainReportOf(market, BigInt(meter.m3terId)) });
  return { ...pace, meters: proved, chain: await chainReportOf(market) };
}

function meterReport(simulation: Simulation, simulated: SimulatedMeter): MeterReport | undefined {
  const { meter, home } = simulated;
  const { registers, balance, forecast } = meter ?? {};
  if (meter === undefined || registers === undefined || balance === undefined) return undefined;
  const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
  const { verified } = simulation.account(simulated);
  return {
    m3terId: Number(simulated.m3terId),
    ...{ imported, exported, debited, credited, withdrawn, feedIn },
    balance,
    ...(forecast && { forecast }),
    trueEnergy: Math.round(home.imported),
    readings: {
      made: meter.lastReading,
      acknowledged: meter.acknowledged,
      verified,
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
export function reportLines({ days, wallSeconds, speedUp, meters, chain }: SimulationReport): string[] {
  const lines = meters.map(meter => {
    const { made, verified, acknowledged } = meter.readings;
    const cuts = meter.supply.filter(({ reason }) => reason === 'exhausted').length;
    const parts = [
      `metered ${formatEnergy(meter.imported)}, true ${formatEnergy(meter.trueEnergy)} (${formatError(meter.imported, meter.trueEnergy)})`,
      `bought ${formatEnergy(meter.credited)}, balance ${formatEnergy(meter.balance)}, lasts ${formatForecast(meter.forecast)}, cut off ${cuts} times`,
      `debited ${formatEnergy(meter.debited)}, fed in ${formatEnergy(meter.feedIn)}, off the independent ledger by ${meter.balance - meter.independent.balance} mWh`,
      `readings made ${made}, verified ${verified}, acknowledged ${acknowledged}`,
      ...(meter.chain === undefined ? [] : [chainPart(meter.chain)]),
    ];
    return `M3ter ${meter.m3terId}: ${parts.join('; ')}`;
  });
  const pace = `${days.toFixed(2)} days in ${wallSeconds.toFixed(1)} s, ${Math.round(speedUp)} times real time`;
  return chain === undefined ? [...lines, pace] : [...lines, chainLine(chain), pace];
}

function chainPart({ paid, bought, proved, sequence, reward }: MeterChainReport): string {
  const proof = `proved ${formatEnergy(proved)} by reading ${sequence}, rewarded with ${reward}`;
  return `paid ${paid} xDAI for ${formatEnergy(bought)}, ${proof}`;
}

function chainLine({ id, blocks, registry, protocol, proof }: ChainReport): string {
  return `chain ${id}: ${blocks} blocks, registry ${registry}, protocol ${protocol}, proof of impact ${proof}`;
}
