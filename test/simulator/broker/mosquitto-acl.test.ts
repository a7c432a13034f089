import test from 'ava';
import { toHex } from '../../../firmware/bytes';
import { meterTopics } from '../../../simulator/broker/meter-topics';
import { mosquittoAcl } from '../../../simulator/broker/mosquitto-acl';
import { readTokenSlot, registeredMeters } from '../../../simulator/broker/registered-meters';
import { ADMIN, ChainRig, chainTest, OWNER, sharedAnvil } from '../../support/anvil';
import { key } from '../../support/messages';

const anvil = sharedAnvil();

test('each meter has a block with its topics, in the order of the numbers, once', t => {
  const [first, second] = [key(42).address, key(43).address];
  const acl = mosquittoAcl(100, [
    { m3terId: 10n, device: first },
    { m3terId: 9n, device: second },
    { m3terId: 10n, device: first },
    { m3terId: 10n, device: second },
  ]);
  const users = [...acl.matchAll(/^user 0x(\w+)\ntopic write m3ter\/100\/(\d+)\/online$/gm)];
  t.deepEqual(
    users.map(([, address, id]) => [address, id]),
    [
      [toHex(second), '9'],
      [toHex(first), '10'],
      [toHex(second), '10'],
    ],
  );
  const { writes, reads } = meterTopics(100, 9n);
  t.deepEqual(acl.split('\n\n')[0]?.split('\n').slice(1), [
    ...writes.map(topic => `topic write ${topic}`),
    ...reads.map(topic => `topic read ${topic}`),
  ]);
});

chainTest('all devices of a registry are found, and what has another key is named', async t => {
  const rig = await ChainRig.deploy(anvil());
  const { registry } = rig.as(ADMIN);
  for (let k = 1; k <= 11; k++) await rig.mint(key(k));
  for (let k = 0; k < 2; k++) await rig.done(registry.write.mint([OWNER.address]));
  await rig.done(registry.write.register([12n, `0x${'ab'.repeat(32)}`]));
  const { meters, otherKeys } = await registeredMeters(rig.chain, rig.deployment.registry);
  t.deepEqual(
    meters,
    Array.from({ length: 11 }, (_, k) => ({ m3terId: BigInt(k + 1), device: key(k + 1).address })),
  );
  t.deepEqual(otherKeys, [12n]);
  const slots = [1n, 12n, 13n, 14n].map(id => readTokenSlot(rig.chain, rig.deployment.registry, id));
  t.deepEqual(await Promise.all(slots), [{ device: key(1).address }, 'no-address', 'none', 'no-token']);
});
