import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING } from '../../firmware/attest/signed-types';
import { type Anvil, anvilAccount } from '../chain/anvil';
import { openContracts } from '../chain/deploy';
import { signedReading } from '../chain/signed-reading';
import { expectSuccess } from './bench-meter';
import type { BenchReadings, MeteredChain } from './gateway-meters';
import type { BenchRow } from './row';

const BATCH = 32;
const SUBMITTER = anvilAccount(1);

/** What a reading costs on the chain when its meter was proved before: by itself, and in a batch of as many meters. */
export async function benchGas(chain: Anvil, { deployment, meters }: MeteredChain): Promise<BenchRow[]> {
  const { proof } = openContracts(chain.as(SUBMITTER), deployment);
  const submit = async (some: readonly BenchReadings[]) => {
    const signed = some.map(meter =>
      signedReading(expectSuccess('reading', decodeEnvelope(READING, meter.next()))),
    );
    const { gasUsed } = await chain.mined(await proof.write.submitBatch([signed]));
    return Number(gasUsed) / some.length;
  };
  const batch = meters.slice(0, BATCH);
  await submit(batch);
  return [
    {
      name: 'gas, reading alone',
      value: await submit(batch.slice(0, 1)),
      unit: 'gas',
      budget: { atMost: 85_000 },
    },
    {
      name: `gas, reading in a batch of ${BATCH} meters`,
      value: await submit(batch),
      unit: 'gas',
      budget: { atMost: 45_000 },
    },
  ];
}
