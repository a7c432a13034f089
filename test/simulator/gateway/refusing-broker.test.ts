import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExecutionContext } from 'ava';
import { connect } from 'mqtt';
import { chainTest, DEVICE, sharedAnvil, UNIT } from '../../support/anvil';
import { GatewayRig, KILOWATT_HOUR } from '../../support/gateway';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { until } from '../../support/session';

const anvil = sharedAnvil();

/** A client by MQTT 5, as `m3ter gateway` has one. */
function gatewayClient(t: ExecutionContext, port: number) {
  const options = { clientId: 'gateway', clean: false, protocolVersion: 5, reconnectPeriod: 20 } as const;
  const client = connect(`mqtt://127.0.0.1:${port}`, options);
  client.on('error', () => {});
  t.teardown(() => client.endAsync(true));
  return client;
}

chainTest('a gateway waits for a broker that is not there yet', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const port = await freePort();
  const client = gatewayClient(t, port);
  const starting = rig.start({ client });
  for (let attempt = 0; attempt < 3; attempt++)
    await new Promise<void>(done => client.once('close', () => done()));
  const broker = await startMosquitto({ port });
  t.teardown(() => broker.kill());
  t.true((await starting).health.broker);
});

chainTest('a gateway whose client ends while it waits for the broker says so', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const client = gatewayClient(t, await freePort());
  const starting = rig.start({ client });
  await new Promise<void>(done => client.once('close', () => done()));
  await client.endAsync(true);
  await t.throwsAsync(starting, { message: /one that has ended/ });
});

chainTest('credit that the broker does not let us publish is told of, and told when it does', async t => {
  const rig = await GatewayRig.open(t, anvil());
  const m3terId = await rig.meter(DEVICE);
  await rig.rig.fund(1000n * UNIT);
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-access-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const access = join(folder, 'acl');
  writeFileSync(access, 'topic read m3ter/#\n', { mode: 0o600 });
  const settings = [`acl_file ${access}`];
  const former = await startMosquitto({ settings });
  t.teardown(() => former.kill());
  const gateway = await rig.start({ client: gatewayClient(t, former.port) });
  await rig.pay(m3terId, 5n);
  await gateway.lookForPayments();
  const topic = rig.topic(m3terId, 'credit');
  const refused = () => rig.notices.filter(({ code }) => code === 'broker-refused');
  t.deepEqual(refused()[0], {
    code: 'broker-refused',
    m3terId,
    detail: `${topic}: Publish error: Not authorized`,
  });
  t.false(gateway.health.broker);
  const before = refused().length;
  await gateway.lookForPayments();
  t.is(refused().length, before + 1, 'each look tries again, once');
  writeFileSync(access, 'topic readwrite m3ter/#\n');
  process.kill(former.pid, 'SIGHUP');
  const end = new AbortController();
  const running = gateway.run(end.signal);
  await until('it is taken', () => gateway.health.broker);
  end.abort();
  await running;
  const world = connect(`mqtt://127.0.0.1:${former.port}`);
  t.teardown(() => world.endAsync(true));
  const told = new Promise(done => world.once('message', (_topic, payload) => done(payload)));
  await world.subscribeAsync(topic);
  rig.heard.set(topic, [new Uint8Array((await told) as Buffer)]);
  t.is(rig.told(m3terId, 'credit'), 5 * KILOWATT_HOUR);
});
