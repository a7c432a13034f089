/*
 * The seed is the device's secp256k1 key, and the Ed25519 key is derived from it: neither may ever leave. What a debugger,
 * a heap dump or a diagnostic report of Node shows is beyond this: whoever can make one can read the seed itself.
 */
import { createHash } from 'node:crypto';
import { chmodSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import test from 'ava';
import { signingKey } from '../firmware/attest/device-key';
import { ed25519Seed } from '../firmware/attest/ed25519-seed';
import { toHex } from '../firmware/bytes';
import { Meter } from '../firmware/meter';
import { createCrypto } from '../hosts/node/crypto';
import { consoleRig } from './hosts/esp32/console-rig';
import { M3ter, m3terInTurn } from './support/m3ter';
import { type MakeMeter, MeterRig, MINUTE, OWNER } from './support/meter-rig';
import { holdsSecret } from './support/secret-forms';

const crypto = createCrypto();
const SEED = secret('of the device');
const KEY = secret('of the owner');
const SECRETS = [SEED, ed25519Seed(crypto, SEED), KEY];
const ADDRESS = '0x39fb420bd583ccc8afd1a1eace2907fe300abd02';

/** No bytes that come about by chance, as those of small numbers do. */
function secret(name: string): Uint8Array {
  return Uint8Array.from(createHash('sha256').update(name).digest());
}

const makeMeter: MakeMeter = (host, options) =>
  new Meter({ ...host, secrets: { seed: () => SEED } }, options);

function isSafe(content: string | Uint8Array): boolean {
  return !holdsSecret(content, SECRETS);
}

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-secrets-'));

function file(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content, { mode: 0o600 });
  return path;
}

function state(name: string, seed: Uint8Array = SEED): string {
  const path = join(FOLDER, name);
  mkdirSync(path);
  writeFileSync(join(path, 'seed'), seed, { mode: 0o600 });
  return path;
}

test('the search finds a secret in each of its forms', t => {
  const bytes = Buffer.from(SEED);
  const hex = toHex(SEED);
  for (const text of [
    `0x${hex}`,
    hex.toUpperCase(),
    `seed ${bytes.toString('base64')}`,
    Buffer.concat([Buffer.from('x'), bytes]).toString('base64'),
    bytes.toString('base64url'),
    JSON.stringify([...SEED]),
    inspect([...SEED], { breakLength: Number.POSITIVE_INFINITY }),
    hex.slice(0, 32),
    `Error: got ${hex.slice(32)}`,
  ])
    t.false(isSafe(text), text);
  t.false(isSafe(Buffer.concat([Buffer.from('abc'), bytes])));
  t.true(isSafe(`0x${toHex(secret('of somebody else'))}`));
});

test('neither flash, wire, entries nor whatever the meter can be made to print tell the seed', async t => {
  const rig = new MeterRig({ makeMeter });
  await rig.bootLinked();
  await rig.credit(5_000_000);
  rig.draw(1000);
  await rig.pass(20 * MINUTE);
  rig.cutPower();
  await rig.boot();
  await rig.instruct('roles', { version: 2, owner: OWNER.address, operator: OWNER.address }, OWNER);
  rig.babble(Uint8Array.of(0xf0, 0, 1, 2));
  await rig.pass(20 * MINUTE);
  t.true(rig.payloads('reading').length > 2 && rig.wire.length > 10);
  t.true(isSafe(rig.image()));
  t.true(isSafe(Buffer.concat(rig.wire)));
  t.true(isSafe(Buffer.concat(rig.received.map(({ payload }) => payload))));
  t.true(isSafe(JSON.stringify(rig.displays)));
  const shown = inspect(rig.meter, {
    depth: Number.POSITIVE_INFINITY,
    showHidden: true,
    maxArrayLength: null,
  });
  t.true(isSafe(shown));
});

test('a console tells no secret, whatever it is asked', async t => {
  const { terminal, rig } = await consoleRig({ makeMeter });
  const names = [...terminal.type('help\r').matchAll(/^ {2}(\w+)/gm)].map(([, name]) => name as string);
  t.true(names.includes('status') && names.includes('settings'));
  const words = ['seed', 'secret', 'key', 'dump', ...names.filter(name => name !== 'restart')];
  for (const word of words) for (const rest of ['', ' seed', ' \x03']) terminal.type(`${word}${rest}\r\x03`);
  t.regex(terminal.type('status\r'), /^address {2}0x[0-9a-fA-F]{40}\r$/m);
  t.true(isSafe(terminal.text));
  t.not(rig.meter.address, undefined);
});

test('errors of the signer do not tell the key', t => {
  const digest = new Uint8Array(32);
  const attempts: readonly (() => unknown)[] = [
    () => crypto.sign(digest.subarray(1), SEED),
    () => crypto.sign(digest, SEED.subarray(0, 31)),
    () => crypto.sign(digest, Buffer.concat([SEED, SEED])),
    () => crypto.sign(toHex(SEED) as unknown as Uint8Array, SEED),
  ];
  for (const attempt of attempts) {
    const error = t.throws(attempt);
    t.true(isSafe(inspect(error)), error.message);
  }
  const unusable = new Uint8Array(32).fill(0xff);
  t.deepEqual(signingKey(crypto, unusable), { ok: false, fault: 'unusable-secret' });
});

const OF_DIRECTIVE = ['--m3ter-id', '7', '--chain-id', '100', '--registry', ADDRESS];
const RIGHT_KEY = file('right.key', `0x${toHex(KEY)}\n`);
const NOBODY = ['--broker', 'mqtt://127.0.0.1:1'];

/** What each is run with, beside the key. */
const COMMANDS: readonly (readonly string[])[] = [
  ['credit', ...OF_DIRECTIVE, '--credited', '1', '--dry-run', '--json'],
  ['credit', ...OF_DIRECTIVE, '--credited', '1', ...NOBODY],
  ['tariff', ...OF_DIRECTIVE, '--band', 'mon-fri 17:00-22:00 1.5', '--dry-run'],
  ['order', ...OF_DIRECTIVE, '--state', 'off', '--dry-run'],
  ['policy', ...OF_DIRECTIVE, '--dry-run'],
  ['roles', ...OF_DIRECTIVE, '--owner', ADDRESS, '--dry-run'],
  ['reset', ...OF_DIRECTIVE, '--out', join(FOLDER, 'reset.hex')],
  [
    'release',
    ...OF_DIRECTIVE,
    '--image',
    RIGHT_KEY,
    '--url',
    'https://a/b',
    '--firmware-version',
    '1',
    '--dry-run',
  ],
  ['link', ...OF_DIRECTIVE, '--state', join(FOLDER, 'linked')],
  ['provision', ...OF_DIRECTIVE, '--out', join(FOLDER, 'provisioning.json')],
];

test('commands that sign tell no key', async t => {
  const runs = await m3terInTurn(COMMANDS.map(words => [...words, '--key', RIGHT_KEY]));
  for (const [index, { code, out, err }] of runs.entries()) {
    const [name] = COMMANDS[index] as [string];
    t.is(code, COMMANDS[index]?.includes('--broker') ? 1 : 0, `${name}: ${err}`);
    t.true(isSafe(out + err), name);
  }
  for (const name of ['reset.hex', 'provisioning.json'])
    t.true(isSafe(readFileSync(join(FOLDER, name))), name);
});

test('commands that fail over a key or a seed do not quote it', async t => {
  const hex = toHex(KEY);
  const credit = ['credit', ...OF_DIRECTIVE, '--credited', '1', '--dry-run', '--key'];
  const readable = state('readable');
  chmodSync(join(readable, 'seed'), 0o644);
  const runs: readonly (readonly string[])[] = [
    [...credit, file('long.key', `${hex} of the owner`)],
    [...credit, file('quoted.key', `"${hex}"`)],
    [...credit, file('raw.key', KEY)],
    [...credit, hex],
    [...credit, `0x${hex.toUpperCase()}`],
    ['verify', RIGHT_KEY],
    ['measure', RIGHT_KEY],
    ['measure', RIGHT_KEY, '--calibration', RIGHT_KEY],
    ['meter', '--load', '1', '--state', FOLDER, '--broker', 'mqtts://127.0.0.1:1', '--ca', RIGHT_KEY],
    ['meter', '--load', '1', '--state', state('long', Buffer.concat([SEED, SEED]))],
    ['meter', '--load', '1', '--state', readable],
    ['address', '--state', readable],
  ];
  for (const [index, { code, out, err }] of (await m3terInTurn(runs)).entries()) {
    const words = runs[index] as readonly string[];
    t.true(code === 1 || code === 2, `${words[0]} ${index}: ${code}`);
    t.regex(err, /^error: .*expected.*\n$/, `${words[0]} ${index}`);
    t.true(isSafe(out + err), `${words[0]} ${index}`);
  }
});

test('a meter that runs tells its seed nowhere, also with a damaged ledger, and it is in no other file', async t => {
  for (const isDamaged of [false, true]) {
    const directory = state(isDamaged ? 'damaged' : 'sound');
    if (isDamaged) writeFileSync(join(directory, 'ledger.flash'), new Uint8Array(65_536).fill(0x33));
    const words = ['meter', '--state', directory, '--load', '100', '--json', '--status', '0.2', ...NOBODY];
    const meter = new M3ter(words);
    await meter.until('it has told its state twice', () => meter.out.split('\n').length > 2);
    meter.signal('SIGTERM');
    const { out, err } = await meter.finished();
    t.regex(err, isDamaged ? /error: expected a sound meter/ : /^device 0x/);
    t.true(isSafe(out + err));
    for (const name of readdirSync(directory).filter(entry => entry !== 'seed'))
      t.true(isSafe(readFileSync(join(directory, name))), name);
  }
});
