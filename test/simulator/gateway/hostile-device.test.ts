import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { READING } from '../../../firmware/attest/signed-types';
import type { Message } from '../../../firmware/attest/struct-type';
import { chainTest, DEVICE, sharedAnvil } from '../../support/anvil';
import { GatewayRig } from '../../support/gateway';
import { key } from '../../support/messages';

const anvil = sharedAnvil();

chainTest('a device that signs more than a meter can count holds up no one but itself', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const hostile = await rig.meter(DEVICE);
  const other = await rig.meter(key(43));
  const gateway = await rig.start();
  const nothing = new Uint8Array(32);
  const message = {
    ...{
      m3terId: hostile,
      sequence: 1,
      timestamp: 0,
      imported: 2 ** 50,
      exported: 0,
      debited: 2 ** 50,
      credited: 0,
    },
    ...{ withdrawn: 0, feedIn: 0, status: 1, telemetry: nothing, previous: nothing },
  } satisfies Message<typeof READING>;
  const signature = rig.rig.domain.sign(READING, message, DEVICE.privateKey);
  await rig.say(hostile, 'reading', encodeEnvelope(READING, message, signature));
  await rig.say(other, 'reading', rig.readings(1, { m3terId: other, signer: key(43) })[0] as Uint8Array);
  await rig.settled();
  await gateway.prove(true);
  await gateway.prove(true);
  t.like(await rig.rig.contracts.proof.read.registersOf([other]), { sequence: 1n });
  t.is(gateway.health.unproved, 0);
  t.is(rig.noticed('reading-refused'), 1);
  await rig.stop();
  await t.notThrowsAsync(rig.start());
});
