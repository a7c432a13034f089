import { bytesToHex } from 'viem';
import { isForeignKey } from '../../../simulator/console/registered-key';
import { ADMIN, ChainRig, chainTest, OWNER, sharedAnvil } from '../../support/anvil';
import { key } from '../../support/messages';
import { ed25519Key, publicKeyOf } from '../../support/payload-meter';

const anvil = sharedAnvil();

chainTest(
  'an Ed25519 key is foreign to whom the registry has another for, and to all but its own',
  async t => {
    const rig = await ChainRig.deploy(anvil());
    const { registry } = rig.as(ADMIN);
    const [registered, unknown] = [publicKeyOf(ed25519Key(1)), publicKeyOf(ed25519Key(2))];
    const byAddress = await rig.mint(key(1));
    for (let count = 0; count < 2; count++) await rig.done(registry.write.mint([OWNER.address]));
    const [byKey, empty] = [byAddress + 1n, byAddress + 2n];
    await rig.done(registry.write.register([byKey, bytesToHex(registered)]));
    const isForeign = (m3terId: bigint, publicKey: Uint8Array) =>
      isForeignKey(rig.chain, rig.deployment.registry, m3terId, publicKey);
    t.false(await isForeign(byKey, registered));
    t.true(await isForeign(byKey, unknown));
    for (const m3terId of [byAddress, empty, empty + 1n]) {
      t.true(await isForeign(m3terId, registered), `${m3terId}`);
      t.false(await isForeign(m3terId, unknown), `${m3terId}`);
    }
  },
);
