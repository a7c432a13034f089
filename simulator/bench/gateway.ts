import { type Anvil, anvilPath, startAnvil } from '../chain/anvil';
import { hasMosquitto, startBroker } from './gateway-broker';
import { benchGas } from './gateway-gas';
import { type Burst, GatewayLoad } from './gateway-load';
import { type MeteredChain, registerMeters } from './gateway-meters';
import type { BenchRow, Effort } from './row';
import { median } from './timing';

/** As many as the batch of which the gas is told. */
const FEWEST_METERS = 32;

/**
 * The readings of many meters at once through one `m3ter gateway`, beside what the broker takes for as many messages by
 * itself, and what they cost on the chain. Nothing where anvil is missing, and only the gas where mosquitto is.
 */
export async function benchGateway({ gatewayMeters, runs }: Effort): Promise<BenchRow[]> {
  if (anvilPath() === undefined) return [];
  const chain = await startAnvil();
  try {
    const gas = await benchGas(chain, await registerMeters(chain, FEWEST_METERS));
    return hasMosquitto() ? [...(await benchLoad(chain, gatewayMeters, runs)), ...gas] : gas;
  } finally {
    await chain.stop();
  }
}

async function benchLoad(chain: Anvil, count: number, runs: number): Promise<BenchRow[]> {
  const metered: MeteredChain = await registerMeters(chain, count);
  const broker = await startBroker();
  try {
    const load = await GatewayLoad.open(broker, chain, metered);
    try {
      return await measure(load, count, runs);
    } finally {
      await load.close();
    }
  } finally {
    await broker.stop();
  }
}

async function measure(load: GatewayLoad, count: number, runs: number): Promise<BenchRow[]> {
  const before = load.diskUsed;
  const readings: Burst[] = [];
  const echoes: Burst[] = [];
  for (let run = 0; run < runs; run++) {
    echoes.push(await load.echoes());
    readings.push(await load.readings());
  }
  const total = (bursts: readonly Burst[]) => median(bursts.map(({ total }) => total));
  const late = median(readings.map(({ times }) => percentile(times, 0.99)));
  return [
    {
      name: `gateway, readings of ${count} meters at once`,
      value: (1000 * count) / total(readings),
      unit: 'readings/s',
    },
    { name: 'gateway, reading to acknowledgement, 99 %', value: late, unit: 'ms' },
    {
      name: 'gateway against the broker by itself',
      value: total(readings) / total(echoes),
      unit: 'times as long',
    },
    {
      name: 'gateway, a reading kept',
      value: (load.diskUsed - before) / (runs * count),
      unit: 'bytes of disk',
    },
  ];
}

/** The value below which that share of them is. */
function percentile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}
