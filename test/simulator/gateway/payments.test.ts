import type { Hex } from 'viem';
import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { CREDIT } from '../../../firmware/attest/signed-types';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR, OPERATOR } from '../../support/gateway';
import { key } from '../../support/messages';

const anvil = sharedAnvil();
const CONFIRMATIONS = 3;

chainTest(
  'a payment becomes a credit of the total once it has its confirmations, and not before',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const gateway = await rig.start({ confirmations: CONFIRMATIONS });
    const m3terId = await rig.meter(DEVICE);
    await rig.rig.fund(1000n * UNIT);
    await rig.pay(m3terId, 5n);
    await rig.pay(m3terId, 2n);
    await rig.mine(CONFIRMATIONS - 1);
    await gateway.lookForPayments();
    await rig.settled();
    t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
    await rig.mine(1);
    await gateway.lookForPayments();
    await rig.settled();
    t.is(rig.told(m3terId, 'credit'), 7 * KILOWATT_HOUR);
    t.is<number | undefined, number>(gateway.account(m3terId)?.credited, 7 * KILOWATT_HOUR);
  },
);

chainTest('a payment that a reorganisation takes away before it is confirmed is never credited', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start({ confirmations: CONFIRMATIONS });
  const before = (await rig.request('evm_snapshot')) as Hex;
  await rig.pay(m3terId, 5n);
  await rig.mine(CONFIRMATIONS - 1);
  await gateway.lookForPayments();
  t.true(await rig.request('evm_revert', before));
  await rig.mine(3 * CONFIRMATIONS);
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), undefined);
  await rig.pay(m3terId, 1n);
  await rig.mine(CONFIRMATIONS);
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), KILOWATT_HOUR);
});

chainTest('credit that a deeper reorganisation takes the money of stays, and the gap is told of', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const gateway = await rig.start();
  await gateway.lookForPayments();
  const before = (await rig.request('evm_snapshot')) as Hex;
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  t.true(await rig.request('evm_revert', before));
  await rig.mine(3);
  await gateway.lookForPayments();
  t.is(rig.noticed('credit-beyond-payments'), 1);
  t.is(gateway.health.beyondPayments, 5 * KILOWATT_HOUR);
  await rig.pay(m3terId, 2n);
  await gateway.lookForPayments();
  t.is(gateway.health.beyondPayments, 3 * KILOWATT_HOUR);
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
  await rig.pay(m3terId, 4n);
  await gateway.lookForPayments();
  await rig.settled();
  t.is(rig.told(m3terId, 'credit'), 6 * KILOWATT_HOUR);
  t.is(gateway.health.beyondPayments, 0);
});

chainTest(
  'what the retained credit of our own says and the store does not stands, and nobody else can raise it',
  async t => {
    const rig = await GatewayRig.open(t, anvil());
    const m3terId = await rig.meter(DEVICE);
    await rig.rig.fund(1000n * UNIT);
    const credit = (credited: number, withdrawn: number, signer = OPERATOR) => {
      const message = { m3terId, credited, withdrawn };
      return encodeEnvelope(CREDIT, message, rig.rig.domain.sign(CREDIT, message, signer.privateKey));
    };
    await rig.say(m3terId, 'credit', credit(3 * KILOWATT_HOUR, 1000), true);
    const gateway = await rig.start();
    await rig.say(m3terId, 'credit', credit(900 * KILOWATT_HOUR, 0, key(66)));
    await rig.pay(m3terId, 1n);
    await gateway.lookForPayments();
    await rig.settled();
    t.is<number | undefined, number>(gateway.account(m3terId)?.credited, 3 * KILOWATT_HOUR);
    await rig.pay(m3terId, 4n);
    await gateway.lookForPayments();
    await rig.settled();
    t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
    t.is(rig.toldWithdrawn(m3terId), 1000);
  },
);
