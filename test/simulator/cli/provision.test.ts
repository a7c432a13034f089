import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rootCertificates } from 'node:tls';
import test, { type ExecutionContext } from 'ava';
import { addressText } from '../../../firmware/attest/address';
import { toHex } from '../../../firmware/bytes';
import { verifyLink } from '../../../firmware/directives/link';
import { verifyDirective } from '../../../firmware/directives/verify';
import { LINK_FILE } from '../../../hosts/link-document';
import { parseProvisioning } from '../../../hosts/provisioning';
import { addressCommand } from '../../../simulator/cli/address';
import { linkCommand } from '../../../simulator/cli/link';
import { RESET_FILE } from '../../../simulator/cli/link-watch';
import type { MeterStatus } from '../../../simulator/cli/meter-status';
import { provisionCommand } from '../../../simulator/cli/provision';
import { resetCommand } from '../../../simulator/cli/reset';
import { rolesCommand } from '../../../simulator/cli/roles';
import { consoleRig } from '../../hosts/esp32/console-rig';
import { M3ter } from '../../support/m3ter';
import { crypto, key, REGISTRY } from '../../support/messages';
import { startMosquitto } from '../../support/mosquitto';
import { domain } from '../../support/readings';
import { runCommand } from '../../support/run-command';
import { until } from '../../support/session';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-provision-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));

const owner = key(1);
const registrar = key(3);
const KEY_FILE = file('owner.key', '1'.padStart(64, '0'));
const PASSWORD = file('wifi.txt', 'correct horse battery\n');
const CA = rootCertificates[0] as string;
const NAME = ['--m3ter-id', '7', '--chain-id', '100', '--registry', `0x${toHex(REGISTRY)}`];
const SIGN = ['--key', KEY_FILE, ...NAME];
const WHOLE = [
  ...SIGN,
  ...[
    '--operator',
    addressText(crypto, key(2).address),
    '--registrar',
    addressText(crypto, registrar.address),
  ],
  ...['--broker', 'mqtts://broker.example', '--ca', file('ca.pem', CA)],
  ...['--wifi', 'Maison Diallo', '--wifi-password', PASSWORD],
  ...['--location', '6.5244,3.3792', '--utc-offset', '+01:00'],
];

function file(name: string, text: string): string {
  const path = join(FOLDER, name);
  writeFileSync(path, text);
  return path;
}

test('provision makes the whole document, for nobody else to read', async t => {
  const out = join(FOLDER, 'meter-7.json');
  const ran = await runCommand(provisionCommand, ...WHOLE, '--out', out);
  t.deepEqual(ran, { exitCode: 0, error: '', lines: [`${out}: M3ter 7 on chain 100`] });
  t.is(statSync(out).mode & 0o777, 0o600);
  const read = parseProvisioning(crypto, readFileSync(out, 'utf8'));
  if (!read.ok) throw new Error(read.fault);
  const { offer, ...rest } = read.value;
  t.deepEqual(rest as unknown, {
    broker: { host: 'broker.example', port: 8883, tls: { authority: `${CA.trim()}\n` } },
    wifi: { ssid: 'Maison Diallo', password: 'correct horse battery' },
    location: { latitude: 6.5244, longitude: 3.3792, utcOffset: 60 },
  });
  t.like(offer, { chainId: 100, m3terId: 7n, registry: REGISTRY, registrar: registrar.address });
  const roles = { version: 1, owner: owner.address, operator: key(2).address };
  t.deepEqual(verifyLink(crypto, offer), { ok: true, value: roles });
});

test('what a meter would not take is not written', async t => {
  const out = join(FOLDER, 'wrong.json');
  const cases: [string[], RegExp][] = [
    [['--broker', 'mqtts://b'], /^broker: expected ca or keyHash with mqtts, got nothing$/],
    [['--broker', 'mqtt://b', '--ca', file('c.pem', CA)], /^broker.url: expected mqtts/],
    [['--broker', 'mqtts://b', '--ca', PASSWORD], /^certificate: expected -----BEGIN CERTIFICATE-----/],
    [['--ca', PASSWORD], /^expected --broker/],
    [['--wifi-password', PASSWORD], /^expected --wifi/],
    [['--wifi', 'x'.repeat(33)], /^wifi.ssid: expected 1 to 32 bytes, got 33$/],
    [['--location', '91,0'], /^location.latitude: expected -90 to 90, got 91$/],
  ];
  for (const [words, expected] of cases) {
    const ran = await runCommand(provisionCommand, ...SIGN, ...words, '--out', out);
    t.is(ran.exitCode, 2, words.join(' '));
    t.regex(ran.error, expected);
    t.false(ran.error.includes('horse'));
  }
  t.false(existsSync(out));
  for (const words of [[], ['--out', out, '--state', FOLDER]]) {
    const ran = await runCommand(provisionCommand, ...SIGN, ...words);
    t.is(ran.error, `expected one of --out, --state and --serial, got ${words.length / 2}`);
  }
});

test('roles and reset are what a registrar signs', async t => {
  const signer = ['--key', file('registrar.key', '3'.padStart(64, '0')), ...NAME, '--dry-run', '--json'];
  const authority = {
    ...{ domain, m3terId: 7n, owner: owner.address, operator: owner.address },
    registrar: registrar.address,
  };
  const payloadOf = (line = '{}') => new Uint8Array(Buffer.from(JSON.parse(line).payload, 'hex'));
  const roles = await runCommand(rolesCommand, ...signer, '--owner', addressText(crypto, key(5).address));
  t.like(verifyDirective(authority, 'roles', payloadOf(roles.lines[0])), {
    ok: true,
    value: { message: { owner: key(5).address, operator: new Uint8Array(20) } },
  });
  const reset = await runCommand(resetCommand, ...signer, '--reset-version', '4');
  t.like(verifyDirective(authority, 'reset', payloadOf(reset.lines[0])), {
    ok: true,
    value: { message: { version: 4 } },
  });
});

test('a meter on this computer is provisioned while it runs, shows its address, and is reset by a file', async t => {
  const mosquitto = await startMosquitto();
  t.teardown(() => mosquitto.stop());
  const state = mkdtempSync(join(FOLDER, 'state-'));
  const none = await runCommand(addressCommand, '--state', state);
  t.regex(
    none.error,
    /seed: expected the secret of a meter that was started, got none: start it once by m3ter meter --state \/\S+$/,
  );
  const meter = new M3ter(['meter', '--state', state, '--json', '--status', '0.05', '--load', '500']);
  const status = (): Partial<MeterStatus> => JSON.parse(meter.lastLine ?? '{}');
  await meter.until('it measures', () => (status().voltage ?? 0) > 200);
  const shown = await runCommand(addressCommand, '--state', state);
  const [address = '', ...code] = (shown.lines[0] ?? '').split('\n');
  t.is(meter.err, `device ${address}\n`);
  t.is(code.length, 17);
  t.true(code.every(line => /^[█▀▄ ]{33}$/.test(line)));
  t.regex(shown.lines[1] ?? '', /^Ed25519 0x[0-9a-f]{64}$/);
  const place = ['--broker', `mqtt://127.0.0.1:${mosquitto.port}`, '--state', state];
  t.is((await runCommand(provisionCommand, ...SIGN, ...place)).exitCode, 0);
  await meter.until('it is online', () => status().online === true);
  t.like(status(), { reason: 'exhausted' });
  const linked = `${state}: expected a meter that is not linked, got M3ter 7 on chain 100, of owner ${addressText(crypto, owner.address)}: `;
  const other = addressText(crypto, key(2).address);
  for (const [make, ...words] of [
    [provisionCommand, ...place, '--m3ter-id', '8'],
    [provisionCommand, ...place, '--operator', other],
    [provisionCommand, ...place, '--registrar', other],
    [linkCommand, '--state', state, '--chain-id', '5'],
  ] as const) {
    const refused = await runCommand(make, ...SIGN, ...words);
    t.deepEqual([refused.exitCode, refused.lines], [1, []]);
    t.true(refused.error.startsWith(`${linked}m3ter reset first`), refused.error);
  }
  // the same again, as with another broker
  t.is((await runCommand(provisionCommand, ...SIGN, ...place)).exitCode, 0);
  const reset = await runCommand(resetCommand, ...SIGN, '--reset-version', '4', '--state', state);
  t.is(reset.exitCode, 0, reset.error);
  await meter.until('it is reset', () => status().reason === 'unlinked');
  meter.signal('SIGTERM');
  await meter.finished();

  const again = new M3ter(['meter', '--state', state, '--json', '--status', '0.05', '--load', '500']);
  await again.until('it refuses the document of before', () =>
    again.err.includes('expected a link that the meter takes, got stale'),
  );
  const anew = [...SIGN, ...place, '--roles-version', '2'];
  t.is((await runCommand(provisionCommand, ...anew)).exitCode, 0);
  await again.until('it is online', () => {
    const { online, reason }: Partial<MeterStatus> = JSON.parse(again.lastLine ?? '{}');
    return online === true && reason === 'exhausted';
  });
  again.signal('SIGTERM');
  const { err } = await again.finished();
  t.is(err.split('\n').length, 3, err);
  t.true(existsSync(join(state, RESET_FILE)) && existsSync(join(state, LINK_FILE)));
});

/** A serial line: its path, and the console of a board at its other end. */
async function serialBoard(t: ExecutionContext) {
  const board = await consoleRig();
  const script = 'tty; stty raw -echo; exec sleep 60';
  const line = spawn('script', ['--quiet', '--echo', 'never', '--command', script, '/dev/null']);
  t.teardown(() => line.kill('SIGKILL'));
  let path = '';
  line.stdout.on('data', bytes => {
    if (path === '') [path = ''] = /\/dev\/pts\/\d+/.exec(bytes.toString()) ?? [''];
    else line.stdin.write(board.terminal.type(new Uint8Array(bytes)));
  });
  await until('the line opens', () => path !== '');
  return { ...board, path };
}

test('a board is provisioned, and reset, over its serial line', async t => {
  const { path, rig, settings, terminal } = await serialBoard(t);
  const ran = await runCommand(provisionCommand, ...WHOLE, '--serial', path);
  t.deepEqual(ran, {
    ...{ exitCode: 0, error: '' },
    lines: ['linked to M3ter 7', 'wifi, broker, location saved; restart to use it'],
  });
  t.is(rig.meter.m3terId, 7n);
  t.like(settings.get('wifi'), { value: { ssid: 'Maison Diallo' } });
  t.is(terminal.lost, 0);
  const refused = await runCommand(provisionCommand, ...SIGN, '--m3ter-id', '8', '--serial', path);
  t.is(refused.exitCode, 1);
  t.is(refused.error, `${path}: expected a meter that takes it, got link: refused, linked-already`);
  const reset = await runCommand(resetCommand, ...SIGN, '--reset-version', '4', '--serial', path);
  t.deepEqual(reset.lines, ['reset: linked to no M3ter']);
  t.is(rig.meter.m3terId, undefined);
});

test('a serial line that is none is one clear line', async t => {
  const path = join(FOLDER, 'no-such-line');
  const ran = await runCommand(provisionCommand, ...SIGN, '--serial', path);
  t.is(ran.exitCode, 1);
  t.is(ran.error, `${path}: expected a serial line, got none that opens`);
});
