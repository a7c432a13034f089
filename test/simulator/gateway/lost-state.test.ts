import { rmSync } from 'node:fs';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { until } from '../../support/session';

const anvil = sharedAnvil();

chainTest('with an empty state it goes on behind what it has acknowledged and credited before', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  let gateway = await rig.start();
  const readings = rig.readings(5, { m3terId });
  for (const reading of readings.slice(0, 3)) await rig.say(m3terId, 'reading', reading);
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  await rig.settled();
  await rig.stop();
  rmSync(rig.directory, { recursive: true });
  gateway = await rig.start();
  await gateway.lookForPayments();
  await rig.say(m3terId, 'reading', readings[3] as Uint8Array);
  await until('the fourth counts', () => rig.told(m3terId, 'acknowledged') === 4);
  t.is(gateway.account(m3terId)?.credited as number, 5 * KILOWATT_HOUR);
  await rig.stop();
  rmSync(rig.directory, { recursive: true });
  gateway = await rig.start();
  await rig.settled();
  // and is interrupted before the next reading came
  await rig.stop();
  gateway = await rig.start();
  await rig.say(m3terId, 'reading', readings[4] as Uint8Array);
  await until('the fifth counts', () => rig.told(m3terId, 'acknowledged') === 5);
  await gateway.prove(true);
  t.is(gateway.health.unproved, 0);
});
