import type { SigningKey } from '../../../firmware/attest/device-key';
import { toHex } from '../../../firmware/bytes';
import { deviceKey } from '../../../simulator/chain/signed-reading';
import { ADMIN, chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { key } from '../../support/messages';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const SUBSTITUTE = key(44);

chainTest(
  'a meter that is exchanged leaves its balance to the next, and not all that was ever bought',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const m3terId = await rig.meter(DEVICE);
    await rig.rig.fund(1000n * UNIT);
    const gateway = await rig.start();
    await rig.pay(m3terId, 10n);
    await gateway.lookForPayments();
    const used = (energy: number) => () => ({ imported: energy, debited: energy });
    const says = async (signer: SigningKey, first: number, energy: number) => {
      const [reading] = rig.readings(1, { m3terId, signer, first, registers: used(energy) });
      await rig.say(m3terId, 'reading', reading as Uint8Array);
      await until('it counts', () => gateway.account(m3terId)?.last?.debited === energy);
      await rig.settled();
    };
    await says(DEVICE, 1, 7 * KILOWATT_HOUR);
    await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([m3terId, deviceKey(SUBSTITUTE.address)]));
    await gateway.lookForPayments();
    await rig.settled();
    t.is(
      rig.toldWithdrawn(m3terId),
      0,
      'a key that was mistyped takes nothing from the meter that is still there',
    );
    await says(SUBSTITUTE, 1, 100);
    t.is(rig.told(m3terId, 'credit'), 10 * KILOWATT_HOUR);
    t.is(rig.toldWithdrawn(m3terId), 7 * KILOWATT_HOUR);
    const names = [SUBSTITUTE, DEVICE].map(({ address }) => `0x${toHex(address)}`);
    t.deepEqual(
      rig.notices.filter(({ code }) => code === 'meter-exchanged').map(({ detail }) => detail),
      [`${names.join(' after ')}: 7000000 mWh count as withdrawn, by reading 1`],
    );
  },
);
