import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { detailText, EVENT_CODES } from '../../../firmware/attest/event';
import { EVENT } from '../../../firmware/attest/signed-types';
import { deviceKey } from '../../../simulator/chain/signed-reading';
import { ADMIN, chainTest, DEVICE, STRANGER, sharedAnvil } from '../../support/anvil';
import { GatewayRig } from '../../support/gateway';
import { key } from '../../support/messages';
import { until } from '../../support/session';

const anvil = sharedAnvil();
const thief = key(66);

chainTest(
  'forged, foreign, forked and broken readings are neither acknowledged nor proved, and kept apart',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const gateway = await rig.start();
    const m3terId = await rig.meter(DEVICE);
    const other = await rig.meter(key(43));
    const [one, two, three] = rig.readings(3, { m3terId }) as [Uint8Array, Uint8Array, Uint8Array];
    const [, fork, onFork] = rig.readings(3, {
      m3terId,
      registers: sequence => ({ imported: 1000 * sequence + 5 }),
    }) as [Uint8Array, Uint8Array, Uint8Array];
    const [foreign] = rig.readings(1, { m3terId: other, signer: key(43) }) as [Uint8Array];
    const [forged] = rig.readings(1, { m3terId, signer: thief }) as [Uint8Array];
    const tampered = one.slice();
    tampered[tampered.length - 1] = (tampered.at(-1) as number) ^ 1;
    for (const bad of [forged, tampered, foreign, one.slice(1), new Uint8Array()])
      await rig.say(m3terId, 'reading', bad);
    for (const reading of [one, two, fork, onFork, two]) await rig.say(m3terId, 'reading', reading);
    await until(
      'all were judged',
      () => rig.noticed('reading-refused') === 7 && rig.noticed('reading-repeated') === 1,
    );
    await gateway.settled();
    t.like(gateway.account(m3terId), { acknowledged: 2, verified: 2, made: 9 });
    await gateway.prove(true);
    const { proof } = rig.rig.contracts;
    t.like(await proof.read.registersOf([m3terId]), { sequence: 2n, imported: 2000n });
    t.like(await proof.read.registersOf([other]), { sequence: 0n });
    await rig.say(m3terId, 'reading', three);
    await until('the right one came', () => gateway.account(m3terId)?.acknowledged === 3);
    t.pass('what was wrong has done no harm');
  },
);

chainTest('what comes ahead of what is missing counts once that has come', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const m3terId = await rig.meter(DEVICE);
  const readings = rig.readings(4, { m3terId });
  for (const index of [0, 2, 3]) await rig.say(m3terId, 'reading', readings[index] as Uint8Array);
  await rig.settled();
  t.is(rig.noticed('reading-ahead'), 2);
  t.is(gateway.account(m3terId)?.acknowledged, 1);
  for (const index of [1, 2, 3]) await rig.say(m3terId, 'reading', readings[index] as Uint8Array);
  await until('all count', () => rig.told(m3terId, 'acknowledged') === 4);
  t.deepEqual(
    gateway.account(m3terId)?.readings.map(({ problems }) => problems.length),
    [0, 0, 0, 0],
  );
});

chainTest(
  'of a meter that comes from another operator, readings begin where it sends them twice from',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const gateway = await rig.start();
    const m3terId = await rig.meter(DEVICE);
    const tail = rig.readings(3, { m3terId, first: 7 });
    for (const reading of tail) await rig.say(m3terId, 'reading', reading);
    await until('all were heard', () => rig.noticed('reading-ahead') === 3);
    t.is(gateway.account(m3terId)?.acknowledged, 0);
    for (const reading of tail) await rig.say(m3terId, 'reading', reading);
    await until('all count', () => rig.told(m3terId, 'acknowledged') === 9);
    await gateway.prove(true);
    t.like(await rig.rig.contracts.proof.read.registersOf([m3terId]), { sequence: 9n, imported: 9000n });
    t.is(gateway.health.unproved, 0);
  },
);

chainTest('a reading whose key has left the registry is set aside by name, and holds up nobody', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const culprit = await rig.meter(DEVICE);
  const other = await rig.meter(key(43));
  for (const reading of rig.readings(2, { m3terId: culprit })) await rig.say(culprit, 'reading', reading);
  for (const reading of rig.readings(2, { m3terId: other, signer: key(43) }))
    await rig.say(other, 'reading', reading);
  await until('all came', () => [culprit, other].every(id => gateway.account(id)?.acknowledged === 2));
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([culprit, deviceKey(thief.address)]));
  await gateway.prove(true);
  t.deepEqual(
    rig.notices.flatMap(({ code, detail }) => (code === 'reading-set-aside' ? [detail] : [])),
    ['reading 1: WrongSigner', 'reading 2: WrongSigner'],
  );
  const { proof } = rig.rig.contracts;
  t.like(await proof.read.registersOf([other]), { sequence: 2n });
  t.is(gateway.health.unproved, 0);
  t.is(rig.noticed('batch-reverted'), 0, 'nobody paid for a revert');
});

chainTest(
  'a device is linked where the registry lets the submitter, and a link it contradicts is told of',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const { registry } = rig.rig.as(ADMIN);
    await rig.rig.done(registry.write.mint([ADMIN.address]));
    const m3terId = await registry.read.totalSupply();
    const gateway = await rig.start();
    await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE), true);
    const [first] = rig.readings(1, { m3terId }) as [Uint8Array];
    await rig.say(m3terId, 'reading', first);
    await rig.settled();
    await gateway.prove();
    t.is(rig.noticed('link-not-allowed'), 1);
    t.is(gateway.account(m3terId), undefined);
    const role = await registry.read.REGISTRAR_ROLE();
    await rig.rig.done(registry.write.grantRole([role, STRANGER.address]));
    await rig.say(m3terId, 'link', rig.link(m3terId, DEVICE), true);
    await rig.settled();
    await gateway.prove();
    t.deepEqual(gateway.account(m3terId)?.device, DEVICE.address);
    await until('the reading that waited counts', () => rig.told(m3terId, 'acknowledged') === 1);
    await rig.say(m3terId, 'link', rig.link(m3terId, thief), true);
    await until('the thief was told of', () => rig.noticed('link-contradicted') === 1);
    t.deepEqual(gateway.account(m3terId)?.device, DEVICE.address);
  },
);

chainTest('a new device in the registry serves the token from then on', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const m3terId = await rig.meter(DEVICE);
  for (const reading of rig.readings(2, { m3terId })) await rig.say(m3terId, 'reading', reading);
  await until('both came', () => gateway.account(m3terId)?.acknowledged === 2);
  await rig.rig.done(rig.rig.as(ADMIN).registry.write.register([m3terId, deviceKey(key(44).address)]));
  await gateway.lookForPayments();
  t.deepEqual(gateway.account(m3terId)?.device, key(44).address);
  for (const reading of rig.readings(1, { m3terId, signer: key(44) }))
    await rig.say(m3terId, 'reading', reading);
  await until('its first came', () => rig.told(m3terId, 'acknowledged') === 1);
  t.is(gateway.account(m3terId)?.acknowledged, 1);
});

chainTest('a directive that a meter has refused is told of in its words, fit for a log', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const m3terId = await rig.meter(DEVICE);
  const refusals = ['supply wrong-signer', 'a\nb'];
  for (const [index, text] of refusals.entries()) {
    const message = {
      ...{ m3terId, sequence: index + 1, timestamp: 1, code: EVENT_CODES.directiveRefused },
      ...{ detail: detailText(text), previous: new Uint8Array(32) },
    };
    const signature = rig.rig.domain.sign(EVENT, message, DEVICE.privateKey);
    await rig.say(m3terId, 'event', encodeEnvelope(EVENT, message, signature));
  }
  await until('both came', () => gateway.account(m3terId)?.events.length === refusals.length);
  t.deepEqual(
    rig.notices.filter(({ code }) => code === 'directive-refused').map(({ detail }) => detail),
    ['supply wrong-signer', 'a?b'],
  );
});

chainTest('events of the device count once, and others not at all', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const gateway = await rig.start();
  const m3terId = await rig.meter(DEVICE);
  const detail = new Uint8Array(32);
  const event = (sequence: number, signer = DEVICE) => {
    const message = { m3terId, sequence, timestamp: 1, code: 1, detail, previous: detail };
    return encodeEnvelope(EVENT, message, rig.rig.domain.sign(EVENT, message, signer.privateKey));
  };
  for (const bytes of [event(1), event(1), event(2, thief), Uint8Array.of(1), event(3)])
    await rig.say(m3terId, 'event', bytes);
  await until('the last came', () => gateway.account(m3terId)?.events.at(-1)?.sequence === 3);
  t.deepEqual(
    gateway.account(m3terId)?.events.map(({ sequence }) => sequence),
    [1, 3],
  );
  t.is(rig.noticed('event-refused'), 2);
});
