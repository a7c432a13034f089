import { existsSync, mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { connectAsync } from 'mqtt';
import { recoverAddress } from 'viem';
import { addressText } from '../../../firmware/attest/address';
import type { Directive, DirectiveKind } from '../../../firmware/directives/directive';
import { type LinkOffer, verifyLink } from '../../../firmware/directives/link';
import { verifyDirective } from '../../../firmware/directives/verify';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { LINK_FILE } from '../../../hosts/link-document';
import { parseProvisioning } from '../../../hosts/provisioning';
import { creditCommand } from '../../../simulator/cli/credit';
import { linkCommand } from '../../../simulator/cli/link';
import { orderCommand } from '../../../simulator/cli/order';
import { policyCommand } from '../../../simulator/cli/policy';
import { tariffCommand } from '../../../simulator/cli/tariff';
import { Failure } from '../../../simulator/errors';
import { publishRetained } from '../../../simulator/publish';
import { bytes, crypto, key } from '../../support/messages';
import { freePort, startMosquitto } from '../../support/mosquitto';
import { domain, M3TER_ID } from '../../support/readings';
import { runCommand } from '../../support/run-command';
import { hex } from '../../support/viem';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-cli-'));
const owner = key(1);
const KEY_FILE = join(FOLDER, 'owner.key');
writeFileSync(KEY_FILE, `0x${'1'.padStart(64, '0')}\n`);
const METER = [
  '--m3ter-id',
  '7',
  '--chain-id',
  '100',
  '--registry',
  '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02',
];
const SIGN = ['--key', KEY_FILE, ...METER];

interface Printed {
  readonly topic: string;
  readonly payload: string;
  readonly digest: `0x${string}`;
  readonly signer: string;
}

function obeyed(kind: DirectiveKind, payload: Uint8Array): Directive['message'] | string {
  const authority = { domain, m3terId: M3TER_ID, owner: owner.address, operator: owner.address };
  const verified = verifyDirective(authority, kind, payload);
  return verified.ok ? verified.value.message : verified.fault;
}

test('credit is published, retained, where its meter finds it', async t => {
  const broker = await startMosquitto();
  const url = `mqtt://127.0.0.1:${broker.port}`;
  try {
    const ran = await runCommand(creditCommand, ...SIGN, '--credited', '2.000001', '--broker', url, '--json');
    t.deepEqual([ran.exitCode, ran.error], [0, '']);
    const printed: Printed = JSON.parse(ran.lines.join('\n'));
    const late = await connectAsync(url);
    const arrived = new Promise<[string, Buffer, boolean]>(resolve =>
      late.on('message', (topic, payload, packet) => resolve([topic, payload, packet.retain])),
    );
    await late.subscribeAsync('#', { qos: 1 });
    const [topic, payload, retained] = await arrived;
    await late.endAsync();
    t.deepEqual([topic, payload.toString('hex'), retained], [printed.topic, printed.payload, true]);
    t.is(topic, 'm3ter/100/7/credit');
    const message = { m3terId: 7n, credited: 2_000_001, withdrawn: 0 };
    t.deepEqual<unknown, unknown>(obeyed('credit', new Uint8Array(payload)), message);
  } finally {
    await broker.stop();
  }
});

test('an order is signed as viem would see it, and not published on a dry run', async t => {
  const words = [
    '--state',
    'off',
    '--power-limit',
    '500',
    '--until',
    '2030-01-31T18:00Z',
    '--order-version',
    '9',
  ];
  const ran = await runCommand(orderCommand, ...SIGN, ...words, '--dry-run', '--json');
  const { topic, payload, digest, signer }: Printed = JSON.parse(ran.lines.join('\n'));
  const message = { m3terId: 7n, version: 9, state: 0, powerLimit: 500, until: 1_896_112_800 };
  t.is(topic, 'm3ter/100/7/supply');
  t.deepEqual<unknown, unknown>(obeyed('supply', bytes(payload)), message);
  // the signature follows the map's head, key 0 and the byte string's head
  const signature = hex(bytes(payload).slice(4, 69));
  t.is<string, string>(await recoverAddress({ hash: digest, signature }), signer);
  t.is(signer, addressText(crypto, owner.address));
});

test('an order without a version is newer than those before', async t => {
  const before = Math.floor(Date.now() / 1000);
  const ran = await runCommand(orderCommand, ...SIGN, '--state', 'on', '--dry-run', '--json');
  const message = obeyed('supply', bytes((JSON.parse(ran.lines.join('\n')) as Printed).payload));
  t.true(typeof message === 'object' && 'version' in message && message.version >= before);
});

test('a policy is a whole: what is not given is as it was before there was any', async t => {
  const policy = async (...words: readonly string[]) => {
    const ran = await runCommand(policyCommand, ...SIGN, ...words, '--dry-run', '--json');
    const { topic, payload }: Printed = JSON.parse(ran.lines.join('\n'));
    t.is(topic, 'm3ter/100/7/policy');
    return obeyed('policy', bytes(payload)) as unknown;
  };
  const initial = { m3terId: 7n, ...INITIAL_POLICY };
  t.deepEqual(await policy('--policy-version', '9'), { ...initial, version: 9 });
  t.deepEqual(await policy('--policy-version', '10', '--no-sealed', '--nominal-voltage', '120'), {
    ...initial,
    ...{ version: 10, sealed: 0, nominalVoltage: 120 },
  });
  const words = ['--sealed', '--sag', '880', '--swell', '1120', '--interruption', '10'];
  t.like(await policy(...words), { sealed: 1, sag: 880, swell: 1120, interruption: 10 });
  const before = Math.floor(Date.now() / 1000);
  t.true(((await policy()) as { version: number }).version >= before);
});

test('every field of a policy has an option of its own', async t => {
  const words = [
    ...['--no-sealed', '--nominal-voltage', '120', '--sag', '880', '--swell', '1120', '--interruption', '10'],
    ...['--overvoltage', '1150', '--undervoltage', '800', '--minimum-off', '20', '--reconnect-spread', '300'],
    ...['--low-balance', '2000', '--critical-balance', '300', '--emergency-credit', '1000'],
    ...['--debt-limit', '5000', '--arm-before-reconnect', '--friendly-hours', '20:00-08:30'],
    ...['--friendly-days', 'sat,sun', '--load-tolerance', '60', '--load-pause', '120', '--load-retries', '3'],
    ...['--reduced-load', '200', '--cut-on-tamper', '--unknown-time', 'base', '--utc-offset', '-03:30'],
    ...['--reading-interval', '60', '--telemetry-interval', '10', '--no-trust-console'],
  ];
  const ran = await runCommand(
    policyCommand,
    ...SIGN,
    ...words,
    ...['--payload-interval', '86400', '--obey-console', '--home-assistant'],
    '--policy-version',
    '3',
    '--dry-run',
    '--json',
  );
  const { payload }: Printed = JSON.parse(ran.lines.join('\n'));
  t.deepEqual(obeyed('policy', bytes(payload)) as unknown, {
    ...{ m3terId: 7n, version: 3, sealed: 0, nominalVoltage: 120, sag: 880, swell: 1120, interruption: 10 },
    ...{ overvoltage: 1150, undervoltage: 800, minimumOff: 20, reconnectSpread: 300 },
    ...{ lowBalance: 2000, criticalBalance: 300, emergencyCredit: 1000, debtLimit: 5000 },
    ...{ armBeforeReconnect: 1, friendlyFrom: 1200, friendlyTo: 510, friendlyDays: 96 },
    ...{ loadTolerance: 60, loadPause: 120, loadRetries: 3, reducedLoad: 200 },
    ...{ cutOnTamper: 1, unknownTime: 0, utcOffset: 510 },
    ...{ readingInterval: 60, telemetryInterval: 10, trustConsole: 2, payloadInterval: 86_400 },
    homeAssistant: 1,
  });
});

test('a policy that no meter can obey is misuse', async t => {
  const cases: [string[], RegExp][] = [
    [['--nominal-voltage', '99'], /Expected a whole number, 100 to 500/],
    [['--sag', '1000'], /Expected a whole number, 1 to 999/],
    [['--swell', '1000'], /Expected a whole number, 1001 to 2000/],
    [['--interruption', '0'], /Expected a whole number, 1 to 999/],
    [['--interruption', '900'], /expected --interruption below --sag, got 900 and 900/],
    [['--policy-version', '0'], /Expected a version/],
    [['--overvoltage', '1000'], /expected --overvoltage above 1000, or 0, got 1000/],
    [['--critical-balance', '501'], /expected --critical-balance up to --low-balance, got 501 and 500/],
    [['--payload-interval', '59'], /expected --payload-interval of at least 60, or 0, got 59/],
    [['--load-tolerance', '29'], /Expected a whole number, 30 to 3600/],
    [['--friendly-hours', '20:00'], /Expected hours like 20:00-08:00/],
    [['--friendly-hours', '20:00-24:00'], /Expected hours like 20:00-08:00/],
    [['--friendly-days', 'sat,holidays'], /Expected days like sat,sun/],
    [['--unknown-time', 'cheap'], /Expected base or dearest/],
    [['--utc-offset', '+14:01'], /Expected an offset like/],
    [['--utc-offset', '-12:01'], /Expected an offset like/],
    [['--utc-offset', '60'], /Expected an offset like/],
  ];
  for (const [words, message] of cases) {
    const ran = await runCommand(policyCommand, ...SIGN, ...words, '--dry-run');
    t.is(ran.exitCode, 2, words.join(' '));
    t.regex(ran.error, message);
  }
});

test('a tariff has the bands that are given, in their order, one over midnight as two', async t => {
  const words = [
    ...[
      '--band',
      'mon-fri 17:00-22:00 1.5',
      '--band',
      'sat,sun 22:00-6:30 0.725',
      '--band',
      'daily 23:00-00:00 2',
    ],
    ...['--feed-in', '0.8', '--valid-from', '2030-01-31T18:00Z', '--tariff-version', '9'],
  ];
  const ran = await runCommand(tariffCommand, ...SIGN, ...words, '--dry-run', '--json');
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  const { topic, payload }: Printed = JSON.parse(ran.lines.join('\n'));
  t.is(topic, 'm3ter/100/7/tariff');
  t.deepEqual<unknown, unknown>(obeyed('tariff', bytes(payload)), {
    ...{ m3terId: 7n, version: 9, validFrom: 1_896_112_800, feedInFactor: 800 },
    bands: [
      { fromMinute: 1020, toMinute: 1320, days: 0b0011111, factor: 1500 },
      { fromMinute: 1320, toMinute: 1440, days: 0b1100000, factor: 725 },
      { fromMinute: 0, toMinute: 390, days: 0b1000001, factor: 725 },
      { fromMinute: 1380, toMinute: 1440, days: 0b1111111, factor: 2000 },
    ],
  });
});

test('days of a band may go over the end of the week, and a whole day ends at 24:00', async t => {
  const ran = await runCommand(
    tariffCommand,
    ...SIGN,
    '--band',
    'fri-mon 0:00-24:00 1',
    '--dry-run',
    '--json',
  );
  const { payload }: Printed = JSON.parse(ran.lines.join('\n'));
  const message = obeyed('tariff', bytes(payload));
  if (typeof message === 'string' || !('bands' in message)) return t.fail();
  t.deepEqual(message.bands, [{ fromMinute: 0, toMinute: 1440, days: 0b1110001, factor: 1000 }]);
  t.is(message.feedInFactor, 0);
  t.is(message.validFrom, 0);
  t.true(message.version > 1_700_000_000);
});

test('a tariff that is wrong is misuse, in one line that says what was expected', async t => {
  const cases: [string, RegExp][] = [
    ['mon-fri 17:00-22:00', /Expected days, times and a factor, like "mon-fri 17:00-22:00 1\.5"/],
    ['mon-fri 17:00-22:00 1 5', /Expected days, times and a factor/],
    ['monday 17:00-22:00 1', /Expected daily, or days of mon, tue/],
    ['mon-tue-wed 17:00-22:00 1', /Expected daily, or days of/],
    ['daily 17:00 1', /Expected two times of a day, like 17:00-22:00 or 22:00-06:00/],
    ['daily 17:00-17:00 1', /Expected two times of a day/],
    ['daily 00:00-00:00 2', /Expected two times of a day that differ; 00:00-24:00 is the whole day/],
    ['daily 24:00-06:00 1', /Expected two times of a day/],
    ['daily 17:00-24:01 1', /Expected two times of a day/],
    ['daily 17:00-22:60 1', /Expected two times of a day/],
    ['daily 17:00-22:00 1.0005', /Expected a factor, 0 to 65\.535, with at most three decimals/],
    ['daily 17:00-22:00 65.536', /Expected a factor/],
    ['daily 17:00-22:00 -1', /Expected a factor/],
  ];
  for (const [band, message] of cases) {
    const ran = await runCommand(tariffCommand, ...SIGN, '--band', band, '--dry-run');
    t.is(ran.exitCode, 2, band);
    t.regex(ran.error, message);
    t.notRegex(ran.error, /\n/);
  }
  const nights = new Array(9).fill(['--band', 'daily 22:00-06:00 0.7']).flat();
  const ran = await runCommand(tariffCommand, ...SIGN, ...nights, '--dry-run');
  t.is(ran.exitCode, 2);
  t.regex(ran.error, /expected at most 16 bands, one over midnight being two, got 18/);
});

test('link makes the document that tells a meter whom to obey', async t => {
  const state = join(FOLDER, 'new', 'meter');
  const operator = addressText(crypto, key(2).address);
  const ran = await runCommand(linkCommand, '--state', state, ...SIGN, '--operator', operator);
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  const document = linkIn(state);
  const roles = { version: 1, owner: owner.address, operator: key(2).address };
  t.deepEqual(verifyLink(crypto, document), { ok: true, value: roles });
  t.false(existsSync(join(state, `${LINK_FILE}.new`)));
});

/** @throws Error when the document that was written is none */
function linkIn(state: string): LinkOffer {
  const document = parseProvisioning(crypto, readFileSync(join(state, LINK_FILE), 'utf8'));
  if (!document.ok) throw new Error(document.fault);
  return document.value.offer;
}

test('without --operator the owner is the operator too', async t => {
  const state = join(FOLDER, 'owned');
  await runCommand(linkCommand, '--state', state, ...SIGN);
  const document = linkIn(state);
  const roles = { version: 1, owner: owner.address, operator: owner.address };
  t.deepEqual(verifyLink(crypto, document), { ok: true, value: roles });
});

test('a state directory that cannot be made is one clear line', async t => {
  const state = join(KEY_FILE, 'meter');
  const ran = await runCommand(linkCommand, '--state', state, ...SIGN);
  t.is(ran.exitCode, 1);
  t.is(ran.error, `${join(state, LINK_FILE)}: expected a writable file, got ENOTDIR`);
});

test('a broker that nobody runs is one clear line that hides the password', async t => {
  const url = `mqtt://user:secret@127.0.0.1:${await freePort()}`;
  const ran = await runCommand(creditCommand, ...SIGN, '--credited', '1', '--broker', url);
  t.is(ran.exitCode, 1);
  t.is(
    ran.error,
    `broker ${url.replace('user:secret@', '')}: expected a PUBACK, got none: nobody listens there (ECONNREFUSED)`,
  );
  t.deepEqual(ran.lines, []);
});

test('a server that is no broker and hangs up is one clear line', async t => {
  const server = createServer(socket => socket.end());
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const ran = await runCommand(
    creditCommand,
    ...SIGN,
    '--credited',
    '1',
    '--broker',
    `mqtt://127.0.0.1:${port}`,
  );
  server.close();
  t.is(ran.error, `broker mqtt://127.0.0.1:${port}: expected a PUBACK, got none: a closed connection`);
});

test('a server that never answers is one clear line', async t => {
  const server = createServer(() => {});
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  const publishing = publishRetained(`mqtt://127.0.0.1:${port}`, 'topic', new Uint8Array(), {
    patience: 0.1,
  });
  const message = `broker mqtt://127.0.0.1:${port}: expected a PUBACK, got none: no answer in 0.1 s`;
  await t.throwsAsync(publishing, { instanceOf: Failure, message });
  server.close();
});

test('a key file that holds no key is told without its content', async t => {
  const cases: [string, string][] = [
    ['my secret', 'expected 64 hex digits, got 9 characters that are not'],
    ['0'.repeat(64), 'expected a secp256k1 private key, got a number that is none'],
    ['f'.repeat(64), 'expected a secp256k1 private key, got a number that is none'],
  ];
  for (const [content, message] of cases) {
    const path = join(FOLDER, 'bad.key');
    writeFileSync(path, content);
    const ran = await runCommand(creditCommand, '--key', path, ...METER, '--credited', '1', '--dry-run');
    t.deepEqual([ran.exitCode, ran.error], [1, `key file ${path}: ${message}`]);
  }
  const ran = await runCommand(creditCommand, '--key', '/no/such', ...METER, '--credited', '1', '--dry-run');
  t.deepEqual([ran.exitCode, ran.error], [1, 'key file /no/such: expected a readable file, got ENOENT']);
});

test('options that are wrong are misuse, and the line says what was expected and what came', async t => {
  const cases: [string[], RegExp][] = [
    [
      ['--credited', '1.0000001'],
      /'1\.0000001' is invalid\. Expected kWh, 0 to [\d.]+, with at most six decimals/,
    ],
    [['--credited', '-1'], /Expected kWh/],
    [['--credited', '1', '--m3ter-id', '1e3'], /'1e3' is invalid\. Expected a token id in decimal/],
    [['--credited', '1', '--m3ter-id', (2n ** 256n).toString()], /Expected a token id/],
    [['--credited', '1', '--chain-id', '0'], /Expected a chain id, 1 to/],
    [['--credited', '1', '--registry', '0x39Fb420bd583cccafd1A1eAce2907fe300ABD02'], /Expected an address/],
    [['--credited', '1', '--broker', 'http://127.0.0.1'], /Expected mqtt:\/\/HOST/],
    [['--credited', '1', '--colour', 'red'], /unknown option '--colour'/],
    [['--credited', '1'], /expected --broker URL or --dry-run, got neither/],
    [[], /required option '--credited <kwh>' not specified/],
  ];
  for (const [words, message] of cases) {
    const ran = await runCommand(creditCommand, ...SIGN, ...words);
    t.is(ran.exitCode, 2, words.join(' '));
    t.regex(ran.error, message);
    t.notRegex(ran.error, /\n/);
  }
  for (const until of ['tomorrow', '2030-02-31', '2030-01-01T25:00Z']) {
    const moment = await runCommand(orderCommand, ...SIGN, '--state', 'on', '--until', until, '--dry-run');
    t.regex(moment.error, new RegExp(`'${until}' is invalid. Expected Unix seconds or a time like`));
  }
  const state = await runCommand(orderCommand, ...SIGN, '--state', 'maybe', '--dry-run');
  t.regex(state.error, /Allowed choices are off, on/);
});
