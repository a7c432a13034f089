import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { startConsoleBridge } from '../../../simulator/console/console-bridge';
import { deviceEui } from '../../../simulator/console/device-directory';
import { ConsoleStandIn, enqueue, enqueueClient } from '../../support/console-stand-in';
import { bytes } from '../../support/messages';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { PayloadMeter } from '../../support/payload-meter';
import { until } from '../../support/session';
import { ANYWHERE, APPLICATION, bridgeRig } from './bridge-rig';

const OK = '010000000000000000';
/** ms: the meter's client is back before the bridge's is. */
const LATER = 1000;
const OFF = '000000000000000000';

test('nothing is kept for a Console that is away', async t => {
  const rig = await bridgeRig(t);
  const meter = await rig.meter(7);
  await meter.say(1, 100, true);
  await until('it is said', () => rig.reports.length === 1);
  t.deepEqual(rig.reports, [{ what: 'console-away', m3terId: 7n }]);
  const console = await rig.console();
  await meter.say(0, 0, true);
  await until('it is answered', () => meter.answers.length === 1);
  t.deepEqual(meter.answers, [OK]);
  t.is(console.events.length, 1);
});

test('a bridge that is restarted knows a meter by the same name as soon as it speaks', async t => {
  const rig = await bridgeRig(t);
  const [meter, console] = [await rig.meter(7), await rig.console()];
  const client = rig.broker.client('second bridge');
  t.teardown(() => client.end(true));
  await meter.say(0, 0, true);
  await until('it is answered', () => meter.answers.length === 1);
  const { mqttPort = 0, grpcPort } = rig.bridge;
  await rig.bridge.close();
  const again = await startConsoleBridge({
    client,
    chainId: 100,
    applicationId: APPLICATION,
    console: { mqtt: { ...ANYWHERE, port: mqttPort }, grpc: { ...ANYWHERE, port: grpcPort } },
  });
  t.teardown(() => again.close());
  // without a key, so that the Console must know it by its devEui
  await repeat(
    'it is answered',
    () => meter.answers.length > 1,
    () => meter.say(0),
  );
  await repeat(
    'it is accepted',
    () => console.accepted.length > 0,
    () => meter.say(1, 100),
  );
  t.deepEqual(console.accepted, [{ devEui: deviceEui(100, 7n), nonce: 1, energy: 100 }]);
  t.is(new Set(console.topics).size, 1);
});

test('the bridge takes up its work again when either broker was away', async t => {
  const [port, consolePort] = [await freePort(), await freePort()];
  let [meters, consoles] = [await startMosquitto({ port }), await startMosquitto({ port: consolePort })];
  const client = await connectAsync({ host: '127.0.0.1', port, reconnectPeriod: LATER });
  const line = await connectAsync({ host: '127.0.0.1', port, reconnectPeriod: 20 });
  for (const end of [client, line]) end.on('error', () => {});
  t.teardown(async () => {
    line.end(true);
    await Promise.all([meters.stop(), consoles.stop()]);
  });
  const rig = await bridgeRig(t, {
    client,
    console: { mqtt: { broker: `mqtt://127.0.0.1:${consolePort}` }, grpc: ANYWHERE },
  });
  const meter = await PayloadMeter.start(line, 7);
  const console = await ConsoleStandIn.start({
    mqtt: { port: consolePort },
    grpcPort: rig.bridge.grpcPort,
    applicationId: APPLICATION,
  });
  t.teardown(() => console.close());
  t.is(rig.bridge.mqttPort, undefined);
  await repeat(
    'it is answered',
    () => meter.answers.length > 0,
    () => meter.say(0, 0, true),
  );

  await consoles.stop();
  const isAway = () => rig.reports.at(-1)?.what === 'console-away';
  await repeat('nobody takes it', isAway, () => meter.say(1, 100));
  consoles = await startMosquitto({ port: consolePort });
  const before = meter.answers.length;
  await repeat(
    'it is answered again',
    () => meter.answers.length > before,
    () => meter.say(0),
  );

  await meters.stop();
  await until('the bridge has noticed', () => !client.connected);
  const grpc = enqueueClient(rig.bridge.grpcPort);
  t.teardown(() => grpc.close());
  t.is(await enqueue(grpc, { devEui: deviceEui(100, 7n), data: bytes(OFF) }), status.UNAVAILABLE);
  meters = await startMosquitto({ port });
  // the meter listens before the bridge is back: what was kept for it would come now
  await line.subscribeAsync('m3ter/100/7/answer', { qos: 1 });
  const since = meter.answers.length;
  await repeat(
    'it is answered once more',
    () => meter.answers.length > since,
    () => meter.say(0),
  );
  t.true(meter.answers.every(told => told === OK));
});

/** As a meter does, again and again: what is said while somebody is away is lost. */
async function repeat(what: string, isDone: () => boolean, say: () => Promise<void>): Promise<void> {
  for (let attempt = 0; !isDone(); attempt++) {
    if (attempt === 500) throw new Error(`waited in vain until ${what}`);
    await say();
    await sleep(20);
  }
}
