import type { SigningKey } from '../../../firmware/attest/device-key';
import { chainTest, sharedAnvil } from '../../support/anvil';
import { GatewayRig } from '../../support/gateway';
import { key } from '../../support/messages';

const anvil = sharedAnvil();

chainTest(
  'readings are stored, acknowledged and proved, and the sums on chain are those of the meters',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const gateway = await rig.start();
    const meters: { readonly m3terId: bigint; readonly signer: SigningKey }[] = [];
    for (const signer of [key(51), key(52), key(53)])
      meters.push({ m3terId: await rig.meter(signer), signer });
    for (const meter of meters)
      for (const reading of rig.readings(11, meter)) await rig.say(meter.m3terId, 'reading', reading);
    await rig.settled();
    for (const { m3terId } of meters) t.is(rig.told(m3terId, 'acknowledged'), 11);
    await gateway.prove();
    t.is(gateway.health.unproved, 1, 'one full batch of 32');
    await gateway.prove(true);
    t.is(gateway.health.unproved, 0);
    for (const { m3terId } of meters) {
      t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 11n, imported: 11_000n });
      const reward = 11_000n * 10n ** 12n;
      t.like(gateway.account(m3terId)?.proved, { sequence: 11, energy: 11_000, reward });
    }
    const [batch = 0, alone = 0] = rig.notices.flatMap(({ code, count = 0 }) =>
      code === 'batch-mined' ? [count] : [],
    );
    t.true(batch / 32 < alone / 2, `gas for a reading: ${batch / 32} in a batch of 32, ${alone} alone`);
    t.log(`gas for a reading: ${batch / 32} in a batch of 32, ${alone} alone`);
  },
);
