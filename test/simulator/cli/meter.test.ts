import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { connectAsync, type MqttClient } from 'mqtt';
import type { SigningKey } from '../../../firmware/attest/device-key';
import { decodeEnvelope } from '../../../firmware/attest/envelope';
import { EVENT_CODES } from '../../../firmware/attest/event';
import { EVENT } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { toHex } from '../../../firmware/bytes';
import { LINK_FILE } from '../../../hosts/link-document';
import { buildXs } from '../../../hosts/moddable/desktop-build';
import { openFlash } from '../../../hosts/node/flash';
import type { MeterStatus } from '../../../simulator/cli/meter-status';
import { type SignedDirective, signDirective } from '../../../simulator/directive';
import { linkDocument, makeLinkOffer } from '../../../simulator/link-document';
import { hashOfKey } from '../../support/certificates';
import { M3ter, m3ter } from '../../support/m3ter';
import { crypto, key, REGISTRY } from '../../support/messages';
import { makeAuthority, startMosquitto } from '../../support/mosquitto';
import { domain, M3TER_ID } from '../../support/readings';
import { withSdk } from '../../support/sdk';
import { until } from '../../support/session';

const CHAIN = { chainId: 100, registry: REGISTRY };
const TOPIC = 'm3ter/100/7/';
const owner = key(1);

/** A meter in a process of its own, and what it last said of itself. */
class MeterProcess extends M3ter {
  constructor(state: string, ...words: string[]) {
    super(['meter', '--state', state, '--json', '--status', '0.05', ...words]);
  }

  get status(): Partial<MeterStatus> {
    return JSON.parse(this.lastLine ?? '{}');
  }

  get statuses(): MeterStatus[] {
    const lines = this.out.split('\n').slice(0, -1);
    return lines.map(line => JSON.parse(line));
  }

  async terminated(): Promise<{ code: number | null; err: string }> {
    this.signal('SIGTERM');
    return this.finished();
  }
}

function folder(t: ExecutionContext): string {
  const path = mkdtempSync(join(tmpdir(), 'm3ter-meter-'));
  t.teardown(() => rmSync(path, { recursive: true }));
  return path;
}

/** A state directory with the link document that makes its meter the seventh. */
function linkedState(t: ExecutionContext): string {
  const state = folder(t);
  const offer = makeLinkOffer(crypto, owner, { ...CHAIN, m3terId: M3TER_ID, operator: owner.address });
  writeFileSync(join(state, LINK_FILE), linkDocument(crypto, offer));
  return state;
}

async function broker(t: ExecutionContext): Promise<{ url: string; client: MqttClient }> {
  const mosquitto = await startMosquitto();
  const url = `mqtt://127.0.0.1:${mosquitto.port}`;
  const client = await connectAsync(url);
  t.teardown(async () => {
    await client.endAsync(true);
    await mosquitto.stop();
  });
  return { url, client };
}

/** All messages on a meter's topics of this kind, as they come. */
async function listen(client: MqttClient, stream: string): Promise<Uint8Array[]> {
  const messages: Uint8Array[] = [];
  client.on('message', (topic, payload) => {
    if (topic === TOPIC + stream) messages.push(new Uint8Array(payload));
  });
  await client.subscribeAsync(TOPIC + stream, { qos: 1 });
  return messages;
}

function send(client: MqttClient, stream: string, payload: Uint8Array): Promise<unknown> {
  return client.publishAsync(TOPIC + stream, Buffer.from(payload), { qos: 1, retain: true });
}

test('a new meter is linked, sold energy, switched off by order and ended; and its readings verify', t =>
  live(t));

test('so it is with one on a bare XS engine', t => live(t, '--xs'));

withSdk("so it is with one on the Moddable SDK's XS", async t => live(t, '--xs', await buildXs()));

async function live(t: ExecutionContext, ...words: string[]): Promise<void> {
  const { url, client } = await broker(t);
  const readings = await listen(client, 'reading');
  const state = folder(t);
  const keyFile = join(state, 'owner.key');
  writeFileSync(keyFile, '1'.padStart(64, '0'));
  const registry = ['--registry', `0x${toHex(REGISTRY)}`];
  const signed = ['--key', keyFile, '--m3ter-id', '7', '--chain-id', '100', ...registry];

  const meter = new MeterProcess(state, '--load', '2000', '--broker', url, ...words);
  await meter.until('it measures', () => (meter.status.voltage ?? 0) > 200);
  t.like(meter.status, { closed: false, reason: 'unlinked', activePower: 0, imported: 0, balance: 0 });
  t.regex(meter.err, /^device 0x[0-9a-fA-F]{40}\n$/);

  t.is((await m3ter('link', '--state', state, ...signed)).code, 0);
  await meter.until('it is online', () => meter.status.online === true);
  t.like(meter.status, { closed: false, reason: 'exhausted' });

  t.is((await m3ter('credit', ...signed, '--credited', '2', '--broker', url)).code, 0);
  await meter.until('it supplies', () => (meter.status.activePower ?? 0) > 1900);
  t.like(meter.status, { closed: true, reason: 'supplied', credited: 2_000_000, refused: {} });

  t.is((await m3ter('order', ...signed, '--state', 'off', '--broker', url)).code, 0);
  await meter.until('it obeys', () => meter.status.activePower === 0);
  t.like(meter.status, { closed: false, reason: 'ordered' });

  await until('all readings came', () => readings.length === meter.status.readings?.made);
  const online = await listen(client, 'online');
  await until('it is said to be online', () => online.length === 1);
  const ended = await meter.terminated();
  t.is(ended.code, 0);
  t.regex(ended.err, /^device .*\n$/);
  await until('it said good-bye', () => online.length === 2);
  t.deepEqual(
    online.map(payload => Buffer.from(payload).toString()),
    ['true', 'false'],
  );

  const file = join(state, 'readings.txt');
  writeFileSync(file, readings.map(payload => `${TOPIC}reading ${toHex(payload)}\n`).join(''));
  const verified = await m3ter('verify', file, ...registry, '--json');
  t.like(JSON.parse(verified.out), { valid: true, readings: readings.length, verified: readings.length });
}

/** A credit and what may be wrong with it. */
function credit(signer: SigningKey, chainId: number, m3terId: bigint, credited = 5_000_000): SignedDirective {
  const message = { m3terId, credited, withdrawn: 0 };
  return signDirective(new SigningDomain(crypto, { ...CHAIN, chainId }), signer, 'credit', message);
}

test('directives of others, for others, of elsewhere and no directives are counted and logged, and change nothing', async t => {
  const { url, client } = await broker(t);
  const events = await listen(client, 'event');
  await send(client, 'credit', credit(owner, 100, M3TER_ID).payload);
  const state = linkedState(t);
  const meter = new MeterProcess(state, '--load', '0', '--broker', url);
  await meter.until('it has its credit', () => meter.status.credited === 5_000_000);
  const before = { ...meter.status };

  await send(client, 'credit', credit(key(66), 100, M3TER_ID, 6_000_000).payload);
  await send(client, 'credit', credit(owner, 1, M3TER_ID, 6_000_000).payload);
  await send(client, 'credit', credit(owner, 100, 8n, 6_000_000).payload);
  const message = { m3terId: M3TER_ID, sequence: 2 ** 20 };
  await send(client, 'acknowledged', signDirective(domain, owner, 'acknowledged', message).payload);
  const garbage = ['', 'a0', 'ff'.repeat(300), toHex(credit(owner, 100, M3TER_ID).payload).slice(0, -2)];
  for (const hex of garbage) await send(client, 'roles', new Uint8Array(Buffer.from(hex, 'hex')));
  for (const hex of garbage) await send(client, 'supply', new Uint8Array(Buffer.from(hex, 'hex')));
  const refused = { 'wrong-signer': 2, 'wrong-meter': 1, impossible: 1, malformed: 6 };
  await meter.until('all were refused', () => meter.status.refused?.malformed === refused.malformed);

  t.deepEqual(meter.status.refused, refused);
  const { imported, exported, debited, credited, withdrawn, feedIn, balance } = before;
  t.like(meter.status, { imported, exported, debited, credited, withdrawn, feedIn, balance });
  t.like(meter.status, { closed: true, reason: 'supplied', online: true });
  const codes = () =>
    events.map(payload => {
      const event = decodeEnvelope(EVENT, payload);
      return event.ok ? event.value.message.code : undefined;
    });
  await until('the event came', () => codes().includes(EVENT_CODES.directiveRefused));

  await send(
    client,
    'credit',
    signDirective(domain, owner, 'credit', { m3terId: M3TER_ID, credited: 6_000_000, withdrawn: 0 }).payload,
  );
  await meter.until('it goes on', () => meter.status.credited === 6_000_000);
  t.is(
    codes().filter(code => code === EVENT_CODES.directiveRefused).length,
    1,
    'a flood does not fill the log',
  );
  const { code, err } = await meter.terminated();
  t.is(code, 0);
  t.notRegex(err, /error/);
});

test('a link document that is none is complained about once, and a right one taken when it comes', async t => {
  const state = folder(t);
  const path = join(state, LINK_FILE);
  mkdirSync(path);
  const meter = new MeterProcess(state, '--load', '100');
  const complaints = () => meter.err.split('\n').slice(1, -1);
  const complained = (count: number) =>
    meter.until(`${count} complaints`, () => complaints().length === count);
  await complained(1);
  const { length } = meter.statuses;
  await meter.until('it had time to look again', () => meter.statuses.length > length + 40);
  await complained(1);
  rmSync(path, { recursive: true });
  writeFileSync(path, '{"chainId": 100}');
  await complained(2);
  const offer = makeLinkOffer(crypto, owner, { ...CHAIN, m3terId: M3TER_ID, operator: owner.address });
  writeFileSync(path, linkDocument(crypto, { ...offer, m3terId: 8n }));
  await complained(3);
  t.like(meter.status, { closed: false, reason: 'unlinked' });
  writeFileSync(path, linkDocument(crypto, offer));
  await meter.until('it is linked', () => meter.status.reason === 'exhausted');
  writeFileSync(
    path,
    linkDocument(crypto, makeLinkOffer(crypto, owner, { ...CHAIN, m3terId: 9n, operator: owner.address })),
  );
  await complained(4);
  const { code } = await meter.terminated();
  t.is(code, 0);
  for (const line of complaints()) t.regex(line, /^error: .*link\.json: .*expected .*, got .*/);
  t.regex(complaints()[0] ?? '', /expected a readable file, got EISDIR/);
  t.regex(complaints()[2] ?? '', /roles: expected the owner's signature, got wrong-meter/);
  t.regex(complaints()[3] ?? '', /expected a link that the meter takes, got linked-already/);
});

test('a ledger of garbage is left as it is: the meter says so, supplies nothing and tells no balance', async t => {
  const state = linkedState(t);
  openFlash(state).close();
  const path = join(state, 'ledger.flash');
  const garbage = new Uint8Array(65_536).map((_, k) => (k * 7919) >> 3);
  writeFileSync(path, garbage);
  const meter = new MeterProcess(state, '--load', '100');
  await meter.until('it measures', () => (meter.status.voltage ?? 0) > 200);
  t.like(meter.status, { closed: false, reason: 'fault', balance: undefined, imported: undefined });
  const { code, err } = await meter.terminated();
  t.is(code, 0);
  t.regex(err, /^error: expected a sound meter, got [a-z-]+: the supply stays off$/m);
  t.deepEqual(new Uint8Array(readFileSync(path)), garbage);
});

/** 230 V and 4 A in phase, 50 Hz, for one second, by the calibration below. */
function recording(): string {
  const rows = Array.from({ length: 4000 }, (_, k) => {
    const wave = Math.SQRT2 * Math.sin((2 * Math.PI * 50 * k) / 4000);
    return `${k * 250},${Math.round(2048 + (230 / 0.2) * wave)},${Math.round(2048 + (4 / 0.01) * wave)}`;
  });
  return `t_us,v,i\n${rows.join('\n')}\n`;
}

test('a meter on a recorded trace plays it over and over, with its calibration', async t => {
  const state = folder(t);
  const [trace, calibration] = [join(state, 'trace.csv'), join(state, 'calibration.json')];
  writeFileSync(trace, recording());
  writeFileSync(calibration, JSON.stringify({ phases: [{ voltsPerCount: 0.2, ampsPerCount: 0.01 }] }));
  const words = ['--trace', trace, '--calibration', calibration, '--speed', '50'];
  const meter = new MeterProcess(state, ...words);
  // longer than the recording
  await meter.until('it has metered 2 Wh', () => (meter.status.imported ?? 0) > 2000);
  const { voltage = 0, current = 0, activePower = 0 } = meter.status;
  t.true(Math.abs(voltage / 230 - 1) < 0.005, `${voltage} V`);
  t.true(Math.abs(current / 4 - 1) < 0.005, `${current} A`);
  t.true(Math.abs(activePower / 920 - 1) < 0.005, `${activePower} W`);
  t.is((await meter.terminated()).code, 0);
});

test('over TLS a meter trusts the authority it is given, and no other', async t => {
  const mosquitto = await startMosquitto({ tls: true });
  t.teardown(() => mosquitto.stop());
  const meterThatTrusts = (authority: string) => {
    const state = linkedState(t);
    const ca = join(state, 'ca.pem');
    writeFileSync(ca, authority);
    return new MeterProcess(
      state,
      '--load',
      '0',
      '--broker',
      `mqtts://localhost:${mosquitto.port}`,
      '--ca',
      ca,
    );
  };
  const good = meterThatTrusts(mosquitto.authority);
  await good.until('it is online', () => good.status.online === true);
  t.is((await good.terminated()).code, 0);
  const wary = meterThatTrusts(makeAuthority());
  await wary.until('it had time to connect', () => wary.statuses.length > 40);
  t.true(wary.statuses.every(({ online }) => !online));
  t.is((await wary.terminated()).code, 0);
});

test('to a broker that asks for it a meter shows its certificate, and trusts the one key that it is told', async t => {
  const mosquitto = await startMosquitto({ tls: 'both sides' });
  t.teardown(() => mosquitto.stop());
  const files = folder(t);
  const [cert, certKey] = [join(files, 'meter.pem'), join(files, 'meter.key')];
  writeFileSync(cert, mosquitto.client.certificate);
  writeFileSync(certKey, mosquitto.client.privateKey);
  const url = `mqtts://localhost:${mosquitto.port}`;
  const keyHash = hashOfKey(mosquitto.certificate);
  const meterWith = (...words: string[]) =>
    new MeterProcess(linkedState(t), '--load', '0', '--broker', url, ...words);
  const good = meterWith('--key-hash', keyHash, '--cert', cert, '--cert-key', certKey);
  await good.until('it is online', () => good.status.online === true);
  t.is((await good.terminated()).code, 0);
  const bare = meterWith('--key-hash', keyHash);
  const wary = meterWith('--key-hash', hashOfKey(mosquitto.authority), '--cert', cert, '--cert-key', certKey);
  for (const meter of [bare, wary]) {
    await meter.until(
      'it was turned away',
      () => Object.keys(meter.status.connectionFaults ?? {}).length > 0,
    );
    t.true(meter.statuses.every(({ online }) => !online));
    t.is((await meter.terminated()).code, 0);
  }
  t.true((wary.status.connectionFaults?.untrusted ?? 0) > 0);
});

test('a meter without a broker, or with one that nobody runs, supplies from what it has, and ends on Ctrl-C', async t => {
  const { url, client } = await broker(t);
  const state = linkedState(t);
  await send(client, 'credit', credit(owner, 100, M3TER_ID).payload);
  const first = new MeterProcess(state, '--load', '1000', '--broker', url);
  await first.until('it has its credit', () => first.status.credited === 5_000_000);
  await first.terminated();
  const { imported = 0 } = first.status;
  for (const words of [['--broker', 'mqtt://127.0.0.1:1'], []]) {
    const meter = new MeterProcess(state, '--load', '1000', '--speed', '20', ...words);
    await meter.until(
      'it supplies',
      () => meter.status.closed === true && (meter.status.imported ?? 0) > imported + 1000,
    );
    t.like(meter.status, { closed: true, reason: 'supplied', credited: 5_000_000, online: false });
    meter.signal('SIGINT');
    t.is((await meter.finished()).code, 0);
  }
});
