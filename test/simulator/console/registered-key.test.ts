import { bytesToHex } from 'viem';
import { readPayloadKey } from '../../../simulator/console/registered-key';
import { ADMIN, ChainRig, chainTest, OWNER, sharedAnvil } from '../../support/anvil';
import { key } from '../../support/messages';
import { ed25519Key, publicKeyOf } from '../../support/payload-meter';

const anvil = sharedAnvil();

chainTest(
  'the registry tells the Ed25519 key of a M3ter, and none where it has an address or nothing',
  async t => {
    const rig = await ChainRig.deploy(anvil());
    const { registry } = rig.as(ADMIN);
    const publicKey = publicKeyOf(ed25519Key(1));
    const byAddress = await rig.mint(key(1));
    for (let count = 0; count < 2; count++) await rig.done(registry.write.mint([OWNER.address]));
    const [byKey, empty] = [byAddress + 1n, byAddress + 2n];
    await rig.done(registry.write.register([byKey, bytesToHex(publicKey)]));
    const keyOf = (m3terId: bigint) => readPayloadKey(rig.chain, rig.deployment.registry, m3terId);
    t.deepEqual(await keyOf(byKey), publicKey);
    for (const m3terId of [byAddress, empty, empty + 1n]) t.is(await keyOf(m3terId), undefined);
  },
);
