import { copyFileSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { type AddressInfo, connect as connectSocket, createServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Aedes } from 'aedes';
import type { ExecutionContext } from 'ava';
import { connect, type MqttClient } from 'mqtt';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { until } from '../../support/session';

const anvil = sharedAnvil();

/** The way to a broker, on which what is under way can be held up for good; who comes later is let through. */
async function stallingWay(t: ExecutionContext, port: number) {
  const sockets: Socket[] = [];
  const server = createServer(near => {
    const far = connectSocket(port, '127.0.0.1');
    for (const socket of [near, far]) {
      sockets.push(socket);
      socket.on('error', () => {});
    }
    near.pipe(far).pipe(near);
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => {
    server.close();
    for (const socket of sockets) socket.destroy();
  });
  const stall = () => {
    for (const socket of sockets) socket.unpipe().pause();
  };
  return { port: (server.address() as AddressInfo).port, stall };
}

function gatewayClient(t: ExecutionContext, port: number): MqttClient {
  const options = { clientId: 'gateway', clean: false, keepalive: 1, reconnectPeriod: 20 };
  const client = connect(`mqtt://127.0.0.1:${port}`, options);
  client.on('error', () => {});
  t.teardown(() => client.endAsync(true));
  return client;
}

chainTest('a broker that stalls delays what is heard and said, and takes none of it away', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const port = await freePort();
  await rig.broker.listen(port);
  const way = await stallingWay(t, port);
  const gateway = await rig.start({ client: gatewayClient(t, way.port) });
  const [first, ...others] = rig.readings(3, { m3terId }) as [Uint8Array, Uint8Array, Uint8Array];
  await rig.say(m3terId, 'reading', first);
  await until('the meter is known', () => rig.told(m3terId, 'acknowledged') === 1);
  way.stall();
  for (const reading of others) await rig.say(m3terId, 'reading', reading);
  await rig.pay(m3terId, 5n);
  const looked = gateway.lookForPayments();
  await until('it is credited', () => gateway.account(m3terId)?.credited === 5 * KILOWATT_HOUR);
  t.deepEqual([rig.told(m3terId, 'credit'), rig.told(m3terId, 'acknowledged')], [undefined, 1]);
  await looked;
  await until('all is acknowledged', () => rig.told(m3terId, 'acknowledged') === 3);
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
});

chainTest('a broker that has lost session and retained messages is told all anew', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const former = await startMosquitto();
  const gateway = await rig.start({ client: gatewayClient(t, former.port) });
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  const readings = rig.readings(2, { m3terId });
  const url = `mqtt://127.0.0.1:${former.port}`;
  let world = connect(url);
  await world.publishAsync(rig.topic(m3terId, 'reading'), Buffer.from(readings[0] as Uint8Array), { qos: 1 });
  await until('the first is stored', () => gateway.account(m3terId)?.acknowledged === 1);
  await world.endAsync(true);
  await former.kill();
  const broker = await startMosquitto({ port: former.port });
  t.teardown(() => broker.kill());
  world = connect(url);
  t.teardown(() => world.endAsync(true));
  const retained = new Set<string>();
  world.on('message', topic => retained.add(topic));
  await world.subscribeAsync(
    ['credit', 'acknowledged'].map(stream => rig.topic(m3terId, stream)),
    { qos: 1 },
  );
  await until('credit and acknowledgement are there again', () => retained.size === 2);
  await world.publishAsync(rig.topic(m3terId, 'reading'), Buffer.from(readings[1] as Uint8Array), { qos: 1 });
  await until('it is subscribed again', () => gateway.account(m3terId)?.acknowledged === 2);
  t.deepEqual(
    [...retained].sort(),
    ['acknowledged', 'credit'].map(stream => rig.topic(m3terId, stream)),
  );
});

chainTest('a broker that lets the gateway hear nothing any more is told of, and is not well', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const former = await startMosquitto();
  const gateway = await rig.start({ client: gatewayClient(t, former.port) });
  t.true(gateway.health.broker);
  await former.kill();
  const broker = await Aedes.createBroker({
    authorizeSubscribe: (_client, _topic, done) => done(null, null),
  });
  const server = createServer(stream => broker.handle(stream));
  server.listen(former.port, '127.0.0.1');
  t.teardown(() => {
    server.close();
    broker.close();
  });
  await until('it is told of', () => rig.noticed('broker-failed') > 0);
  t.false(gateway.health.broker);
});

chainTest('a broker that comes back as it was an hour before is told what it has forgotten', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const keep = mkdtempSync(join(tmpdir(), 'm3ter-broker-'));
  t.teardown(() => rmSync(keep, { recursive: true }));
  const former = await startMosquitto({ keep });
  const gateway = await rig.start({ client: gatewayClient(t, former.port) });
  const saved = join(keep, 'mosquitto.db');
  await until('the session is saved', () => existsSync(saved));
  copyFileSync(saved, `${saved}.before`);
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  await former.kill();
  copyFileSync(`${saved}.before`, saved);
  const broker = await startMosquitto({ port: former.port, keep });
  t.teardown(() => broker.kill());
  const world = connect(`mqtt://127.0.0.1:${former.port}`);
  t.teardown(() => world.endAsync(true));
  let isTold = false;
  world.on('message', () => {
    isTold = true;
  });
  await world.subscribeAsync(rig.topic(m3terId, 'credit'));
  await until('the credit is there again', () => isTold);
  t.pass();
});
