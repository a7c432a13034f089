import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { CREDIT } from '../../../firmware/attest/signed-types';
import { deviceKey } from '../../../simulator/chain/signed-reading';
import { GatewayBook } from '../../../simulator/gateway/gateway-book';
import { GatewayStore } from '../../../simulator/gateway/gateway-store';
import { LinkDesk } from '../../../simulator/gateway/link-desk';
import { Strangers } from '../../../simulator/gateway/strangers';
import { ADMIN, ChainRig, chainTest, DEVICE, STRANGER, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR, OPERATOR } from '../../support/gateway';
import { key } from '../../support/messages';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const thief = key(66);

chainTest('made-up tokens do not keep a real one out, however many they are', async t => {
  const rig = await ChainRig.deploy(anvil());
  const m3terId = await rig.mint();
  const known: bigint[] = [];
  const strangers = new Strangers(rig.chain, rig.deployment.registry, (id, slot) => {
    if (typeof slot === 'object') known.push(id);
  });
  const message = { stream: 'reading', payload: new Uint8Array(), isAgain: false };
  for (let made = 1000n; strangers.hold(made, message); made++)
    await (made % 50n === 0n ? strangers.ask(made) : 0);
  t.false(strangers.hold(m3terId, message), 'of the others the registry has not said that they have no key');
  await strangers.askAgain();
  t.true(strangers.hold(m3terId, message));
  await strangers.ask(m3terId);
  t.deepEqual(known, [m3terId]);
});

chainTest('claims to tokens that nobody has take no more memory than so much', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const store = GatewayStore.open(rig.directory);
  t.teardown(() => store.close());
  const book = new GatewayBook({ store, domain: rig.rig.domain, notify: () => {}, onChange: () => {} });
  const desk = new LinkDesk(book, rig.rig.chain, rig.rig.deployment.registry, error => t.fail(`${error}`));
  for (let k = 1000n; k < 1300n; k++) await desk.onLink(k, rig.link(k, thief));
  await book.settled();
  t.is(desk.claims.length, 256);
  t.is(desk.claims.at(-1)?.m3terId, 1299n);
});

async function registrarRig(t: Parameters<typeof GatewayRig.open>[0]) {
  const rig = await GatewayRig.open(t, anvil());
  const { registry } = rig.rig.as(ADMIN);
  await rig.rig.done(registry.write.mint([ADMIN.address]));
  const m3terId = await registry.read.totalSupply();
  await rig.rig.done(registry.write.grantRole([await registry.read.REGISTRAR_ROLE(), STRANGER.address]));
  return { rig, registry, m3terId };
}

chainTest('a claim does not displace a device that was registered a moment ago', async t => {
  const { rig, registry, m3terId } = await registrarRig(t);
  const gateway = await rig.start({ confirmations: 5 });
  await rig.say(m3terId, 'reading', rig.readings(1, { m3terId })[0] as Uint8Array);
  await rig.settled();
  await rig.rig.done(registry.write.register([m3terId, deviceKey(DEVICE.address)]));
  await rig.say(m3terId, 'link', rig.link(m3terId, thief));
  await rig.settled();
  await gateway.prove();
  t.is(await registry.read.keyByToken([m3terId]), deviceKey(DEVICE.address));
  t.deepEqual(gateway.account(m3terId)?.device, DEVICE.address);
});

chainTest('a link that is mined in vain is not told as mined', async t => {
  const { rig, registry, m3terId } = await registrarRig(t);
  const gateway = await rig.start();
  await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE));
  await rig.settled();
  await rig.rig.done(registry.write.mint([ADMIN.address]));
  await rig.request('evm_setAutomine', false);
  t.teardown(() => rig.request('evm_setAutomine', true));
  const proving = gateway.prove();
  const pending = () =>
    rig.rig.chain.client.getTransactionCount({ address: STRANGER.address, blockTag: 'pending' });
  const before = await rig.rig.chain.client.getTransactionCount({ address: STRANGER.address });
  while ((await pending()) === before) await new Promise(resolve => setTimeout(resolve, 5));
  // the same device, for another token, in the same block and before it
  await registry.write.register([m3terId + 1n, deviceKey(DEVICE.address)], {
    maxFeePerGas: 10n ** 12n,
    maxPriorityFeePerGas: 10n ** 11n,
    gas: 200_000n,
  });
  await rig.request('evm_mine');
  await proving;
  t.is(rig.noticed('link-mined'), 0);
});

chainTest('an older credit of our own that somebody says again is set right at once', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start();
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  await rig.settled();
  const message = { m3terId, credited: 2 * KILOWATT_HOUR, withdrawn: 0 };
  const old = encodeEnvelope(CREDIT, message, rig.rig.domain.sign(CREDIT, message, OPERATOR.privateKey));
  await rig.say(m3terId, 'credit', old, true);
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
});

chainTest('what is refused takes little room, however long it is', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const m3terId = await rig.meter(DEVICE);
  await rig.say(m3terId, 'reading', new Uint8Array(100_000).fill(7));
  await until('it was judged', () => rig.noticed('reading-refused') === 1);
  await gateway.settled();
  await rig.stop();
  const store = GatewayStore.open(rig.directory);
  t.teardown(() => store.close());
  const [refused] = [...store.refused()];
  t.true((refused?.payload.length ?? 0) <= 1024, `${refused?.payload.length}`);
});
