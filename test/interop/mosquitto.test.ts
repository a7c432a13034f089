import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { toHex } from '../../firmware/bytes';
import { kilowattHours } from '../../firmware/energy';
import type { TlsOptions } from '../../firmware/host';
import { meterTopic } from '../../firmware/link/topics';
import { hashOfKey } from '../support/certificates';
import { Gate } from '../support/gate';
import { connectClient, startMeter, startOperator } from '../support/live-meter';
import { DEVICE, LINK } from '../support/meter-rig';
import { freePort, type MosquittoOptions, makeAuthority, startMosquitto } from '../support/mosquitto';
import { until } from '../support/session';
import { checkReadings, cut, report, restartInFlight } from './scenarios';

async function start(t: ExecutionContext, options: MosquittoOptions = {}) {
  const broker = await startMosquitto(options);
  t.teardown(() => broker.kill());
  return broker;
}

/** Plain for others, and by TLS for meters. */
async function startSecure(t: ExecutionContext, tls: true | 'both sides') {
  const port = await freePort();
  const { port: secure, ...files } = await start(t, {
    tls,
    settings: [`listener ${port} 127.0.0.1`, 'allow_anonymous true'],
  });
  const place = (options: TlsOptions, host = 'localhost') => ({
    port,
    broker: { host, port: secure, tls: options },
  });
  return { ...files, place };
}

test('mosquitto, MQTT 5: readings are acknowledged and credit comes', async t => {
  const meter = await report(t, await start(t));
  t.deepEqual(meter.connectionFaults, {});
});

test('mosquitto, 3.1.1 only: the same, after one refusal', async t => {
  const { port } = await start(t);
  const gate = await Gate.open(t, port, true);
  const meter = await report(t, { port, broker: { host: '127.0.0.1', port: gate.port } });
  t.deepEqual(meter.connectionFaults, { version: 1 });
});

test('mosquitto, 3.1.1 only: 100 KB that somebody has retained as a credit do no harm, now and at every return', async t => {
  const { port } = await start(t);
  const gate = await Gate.open(t, port, true);
  const stranger = await connectClient(t, `mqtt://127.0.0.1:${port}`);
  const topic = meterTopic(LINK.chainId, LINK.m3terId, 'credit');
  const bulk = () => stranger.publishAsync(topic, Buffer.alloc(100_000, 'x'), { qos: 1, retain: true });
  await bulk();
  const meter = startMeter(t, { host: '127.0.0.1', port: gate.port });
  await until('it has come', () => meter.refused.oversized === 1);
  const operator = await startOperator(t, `mqtt://127.0.0.1:${port}`);
  operator.sell(LINK.m3terId, kilowattHours(3));
  await until('the true credit', () => meter.registers?.credited === 3_000_000);
  t.deepEqual(meter.connectionFaults, { version: 1 });
  // the broker's window, of 20, stays open: each is acknowledged
  for (let k = 0; k < 30; k++) await bulk();
  await until('all have come', () => meter.refused.oversized === 31);
  gate.cut();
  await until('it has come back', () => meter.refused.oversized === 32);
  operator.sell(LINK.m3terId, kilowattHours(2));
  await until('the next credit', () => meter.registers?.credited === 5_000_000);
  t.deepEqual(meter.connectionFaults, { version: 1, closed: 1 });
  t.deepEqual(meter.refused, { oversized: 32 });
});

test('mosquitto: the will is delivered when the line is cut', async t => {
  await cut(t, await start(t));
});

test('mosquitto that takes little: a packet at a time, few bytes, few topics by number, an early ping', async t => {
  const settings = [
    'max_inflight_messages 1',
    'max_packet_size 600',
    'max_keepalive 10',
    'max_topic_alias 2',
  ];
  const meter = await report(t, await start(t, { settings }));
  t.deepEqual(meter.connectionFaults, {});
});

test('mosquitto without QoS 1, or without retained messages, is unfit; when it has both all readings come', async t => {
  for (const setting of ['max_qos 0', 'retain_available false']) {
    const unfit = await start(t, { settings: [setting] });
    const gate = await Gate.open(t, unfit.port);
    const meter = startMeter(t, { host: '127.0.0.1', port: gate.port });
    await until('unfit', () => (meter.connectionFaults.unfit ?? 0) > 1);
    t.deepEqual(Object.keys(meter.connectionFaults), ['unfit']);
    t.true(meter.lastReading > 0);
    gate.isShut = true;
    await unfit.kill();
    const { port } = await start(t, { port: unfit.port });
    const operator = await startOperator(t, `mqtt://127.0.0.1:${port}`);
    gate.isShut = false;
    await until('all are acknowledged', () => meter.acknowledged >= 20);
    checkReadings(t, operator);
    meter.stop();
  }
});

test('mosquitto, TLS: a private authority or the broker’s key is pinned', async t => {
  const pins: readonly ((authority: string, certificate: string) => TlsOptions)[] = [
    authority => ({ authority }),
    (_, certificate) => ({ keyHash: hashOfKey(certificate) }),
    (authority, certificate) => ({ authority, keyHash: hashOfKey(certificate).toUpperCase() }),
  ];
  for (const pin of pins) {
    const { authority, certificate, place } = await startSecure(t, true);
    const meter = await report(t, place(pin(authority, certificate)));
    t.deepEqual(meter.connectionFaults, {});
    meter.stop();
  }
});

test('mosquitto, TLS: another key, another authority beside the key, and another name are not trusted', async t => {
  const { authority, certificate, place } = await startSecure(t, true);
  const keyHash = hashOfKey(certificate);
  const wrong = [
    place({ keyHash: hashOfKey(authority) }),
    place({ keyHash: '' }),
    place({ authority, keyHash: hashOfKey(authority) }),
    place({ authority: makeAuthority(), keyHash }),
    place({ keyHash }, '127.0.0.1'),
  ];
  for (const { broker } of wrong) {
    const meter = startMeter(t, broker);
    await until('refused', () => Object.keys(meter.connectionFaults).length > 0);
    t.deepEqual(Object.keys(meter.connectionFaults), ['untrusted']);
    meter.stop();
  }
});

test('mosquitto, TLS on both sides: the meter shows the certificate that it was given', async t => {
  const { authority, client, place } = await startSecure(t, 'both sides');
  const meter = await report(t, place({ authority, ...client }));
  t.deepEqual(meter.connectionFaults, {});
  meter.stop();
  const without = startMeter(t, place({ authority }).broker);
  await until('refused', () => Object.keys(without.connectionFaults).length > 0);
  t.false(without.isOnline);
});

test('mosquitto killed and restarted in mid-flight: no reading is lost, and the operator has each once', async t => {
  const keep = mkdtempSync(join(tmpdir(), 'm3ter-kept-'));
  t.teardown(() => rmSync(keep, { recursive: true }));
  let broker = await start(t, { keep });
  const { port } = broker;
  await restartInFlight(t, { port }, async () => {
    await broker.kill();
    broker = await start(t, { port, keep });
  });
});

test('a persistent session that another client has left under the meter’s name does no harm', async t => {
  const { port } = await start(t);
  const clientId = `m3ter-${LINK.m3terId}-${toHex(DEVICE.address)}`;
  const url = `mqtt://127.0.0.1:${port}`;
  const stale = await connectClient(t, url, {
    ...{ clientId, clean: false, protocolVersion: 5, properties: { sessionExpiryInterval: 0xffffffff } },
  });
  await stale.subscribeAsync(['m3ter/#', 'else/#'], { qos: 2 });
  await stale.endAsync();
  const other = await connectClient(t, url);
  for (let k = 0; k < 50; k++) await other.publishAsync('else/where', `${k}`, { qos: 2 });
  const meter = await report(t, { port });
  t.deepEqual(meter.connectionFaults, {});
  t.deepEqual(meter.refused, {}, 'nothing came that was asked for in that session');
});
