import { createHash } from 'node:crypto';
import {
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import { toHex } from '../../../firmware/bytes';
import { openFlash } from '../../../hosts/node/flash';
import { type Finished, m3ter, m3terInTurn } from '../../support/m3ter';
import { freePort, makeAuthority } from '../../support/mosquitto';
import { makeReadings } from '../../support/readings';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-bad-input-'));
test.after.always(() => rmSync(FOLDER, { recursive: true }));

function file(name: string, content: string | Uint8Array): string {
  const path = join(FOLDER, name);
  writeFileSync(path, content);
  return path;
}

const MISSING = join(FOLDER, 'missing');
const KEY = file('key', '1'.padStart(64, '0'));
const REGISTRY = ['--registry', '0x39fb420bd583ccc8afd1a1eace2907fe300abd02'];
const SIGN = ['--key', KEY, '--m3ter-id', '7', '--chain-id', '100', ...REGISTRY];
const CREDIT = ['credit', '--credited', '1'];
const METER = ['meter', '--state', MISSING];

/** One line on stderr that begins with `error: `, and nothing else. */
function assertError(t: ExecutionContext, { code, err }: Finished, exitCode: 1 | 2, message: RegExp): void {
  t.regex(err, /^error: [^\n]+\n$/);
  t.regex(err, message);
  t.is(code, exitCode);
}

const MISUSE: readonly (readonly [title: string, words: readonly string[], message: RegExp])[] = [
  ['no command', [], /expected a command, as m3ter --help lists them, got none/],
  [
    'an unknown command',
    ['frobnicate'],
    /unknown command 'frobnicate', expected one that m3ter --help lists/,
  ],
  ['a command misspelt', ['simulat'], /unknown command 'simulat' \(Did you mean simulate\?\)/],
  [
    'a family without a command',
    ['chain'],
    /expected a command, as m3ter chain --help lists them, got chain$/m,
  ],
  ['an unknown command of a family', ['chain', 'rob'], /'rob', expected one that m3ter chain --help lists/],
  ['help for an unknown command', ['help', 'frobnicate'], /expected a command, .* got help frobnicate$/m],
  [
    'an unknown option',
    ['simulate', '--frob'],
    /unknown option '--frob', expected one that m3ter simulate --help/,
  ],
  ['an unknown option before the command', ['--frob', 'simulate'], /unknown option '--frob'/],
  ['an option without its value', ['simulate', '--seed'], /option '--seed <n>' argument missing/],
  ['a missing argument', ['measure'], /missing required argument 'trace'/],
  ['an argument too many', ['simulate', 'now'], /Expected 0 arguments but got 1/],
  ['no days', ['simulate', '--days', '0'], /'0' is invalid\. Expected a number above 0, at most 36500/],
  ['negative days', ['simulate', '--days', '-1'], /'-1' is invalid\. Expected a number above 0/],
  ['days that are no number', ['simulate', '--days', 'NaN'], /'NaN' is invalid\. Expected a number above 0/],
  ['endless days', ['simulate', '--days', '1e999'], /'1e999' is invalid\. Expected a number above 0/],
  [
    'days written out without end',
    ['simulate', '--days', '9'.repeat(400)],
    /is invalid\. Expected a number above 0/,
  ],
  ['a speed beyond measure', [...METER, '--load', '1', '--speed', '9'.repeat(400)], /at most 1000/],
  ['a negative seed', ['simulate', '--seed', '-1'], /Expected a whole number, 0 to 4294967295/],
  ['no meters', ['simulate', '--meters', '0'], /Expected a whole number, 1 to 1000/],
  ['half a meter', ['simulate', '--meters', '1.5'], /Expected a whole number, 1 to 1000/],
  ['an unheard-of fidelity', ['simulate', '--fidelity', 'high'], /Allowed choices are waveform, phasor/],
  ['a port that is none', ['simulate', '--listen', '65536'], /Expected a whole number, 1 to 65535/],
  ['a meter without state', ['meter', '--load', '1'], /required option '--state <dir>' not specified/],
  ['a meter without a sensor', METER, /expected either --load or --trace, got neither/],
  ['a meter with two sensors', [...METER, '--load', '1', '--trace', 'x'], /--load or --trace, got both/],
  ['a negative load', [...METER, '--load', '-5'], /Expected whole watts/],
  [
    'a calibration of a load',
    [...METER, '--load', '1', '--calibration', 'x'],
    /--calibration: expected a --trace/,
  ],
  [
    'an authority without TLS',
    [...METER, '--load', '1', '--ca', KEY, '--broker', 'mqtt://localhost'],
    /got mqtt:/,
  ],
  [
    'an authority without a broker',
    [...METER, '--load', '1', '--ca', KEY],
    /--ca: expected .*mqtts:.*, got none/,
  ],
  [
    'a key to trust without TLS',
    [...METER, '--load', '1', '--key-hash', 'ab'.repeat(32), '--broker', 'mqtt://localhost'],
    /--key-hash: expected .*mqtts:.*, got mqtt:/,
  ],
  [
    'a hash that is none',
    [...METER, '--load', '1', '--key-hash', 'ab', '--broker', 'mqtts://localhost'],
    /Expected a SHA-256: 64 hex digits/,
  ],
  [
    'a certificate without its key',
    [...METER, '--load', '1', '--cert', KEY, '--broker', 'mqtts://localhost'],
    /expected --cert and --cert-key together, got --cert alone/,
  ],
  [
    'a key without its certificate',
    [...METER, '--load', '1', '--cert-key', KEY, '--broker', 'mqtts://localhost'],
    /expected --cert and --cert-key together, got --cert-key alone/,
  ],
  [
    'a password that the meter cannot use',
    [...METER, '--load', '1', '--broker', 'mqtt://user:secret@localhost'],
    /^error: --broker: expected a broker that asks for no user and password, got a URL with one$/m,
  ],
  ...[
    'localhost',
    'http://localhost',
    'mqtt://',
    'mqtt://:1883',
    'mqtt://h:0',
    'mqtt://h:65536',
    'mqtt://h/t',
  ].map(
    url =>
      [
        `the broker URL ${url}`,
        [...METER, '--load', '1', '--broker', url],
        /is invalid\. Expected mqtt:\/\/HOST\[:PORT\] or mqtts:/,
      ] as const,
  ),
  ['a credit without a broker', [...CREDIT, ...SIGN], /expected --broker URL or --dry-run, got neither/],
  ['a negative credit', ['credit', ...SIGN, '--credited', '-1'], /Expected kWh, 0 to/],
  [
    'an address with a wrong digit',
    [...CREDIT, ...SIGN.slice(0, -1), '0x39Fb420bd583cccafd1A1eAce2907fe300ABD02'],
    /Expected an address/,
  ],
  ['a verification of nothing', ['verify'], /expected either FILE or --payload HEX, got neither/],
  ['a figure that is not measured', ['bench', 'happiness'], /Allowed choices are/],
];

const misuses = m3terInTurn(MISUSE.map(([, words]) => words));
for (const [k, [title, , message]] of MISUSE.entries())
  test(`misuse: ${title} is one line and exit code 2`, async t => {
    const finished = (await misuses)[k] as Finished;
    assertError(t, finished, 2, message);
    t.is(finished.out, '');
  });

const TRACE = file('trace.csv', 't_us,v,i\n0,2048,2048\n250,2060,2050\n500,2072,x\n');
const CALIBRATION = file('calibration.json', '{"phases": [{"voltsPerCount": -1, "ampsPerCount": 0.02}]}');
const AUTHORITY = file('authority.pem', '-----BEGIN CERTIFICATE-----\nnonsense\n-----END CERTIFICATE-----\n');
const CERTIFICATE = file('certificate.pem', makeAuthority());
const BROKEN_CALIBRATION = ['--calibration', CALIBRATION];
const KEY_OF_LETTERS = file('letters', 'private'.repeat(10));

const FAILURES: readonly (readonly [title: string, words: readonly string[], message: RegExp])[] = [
  ['a missing trace', ['measure', MISSING], /missing: expected a readable file, got ENOENT/],
  ['a directory for a trace', ['measure', FOLDER], /expected a readable file, got EISDIR/],
  [
    'a malformed trace row',
    ['measure', TRACE],
    /trace\.csv, line 4: expected i as a whole count .*, got "x"/,
  ],
  ['a key for a trace', ['measure', KEY], /line 1: expected t_us,v,i or/],
  [
    'an impossible calibration',
    ['measure', TRACE, ...BROKEN_CALIBRATION],
    /phases\[0\]\.voltsPerCount: .*got -1/,
  ],
  [
    'a missing calibration',
    ['measure', TRACE, '--calibration', MISSING],
    /calibration file .*missing: .*ENOENT/,
  ],
  ['a meter on a missing trace', [...METER, '--trace', MISSING], /trace .*missing: expected a readable file/],
  ['a meter on a malformed trace', [...METER, '--trace', TRACE], /trace\.csv, line 4: expected i as/],
  [
    'a missing authority',
    [...METER, '--load', '1', '--broker', 'mqtts://h', '--ca', MISSING],
    /authority .*ENOENT/,
  ],
  [
    'an authority that is none',
    [...METER, '--load', '1', '--broker', 'mqtts://h', '--ca', AUTHORITY],
    /authority\.pem: expected a certificate in PEM, got none/,
  ],
  [
    'a certificate that is none',
    [...METER, '--load', '1', '--broker', 'mqtts://h', '--cert', AUTHORITY, '--cert-key', KEY],
    /certificate .*authority\.pem: expected a certificate in PEM, got none/,
  ],
  [
    'a private key that is none',
    [...METER, '--load', '1', '--broker', 'mqtts://h', '--cert', CERTIFICATE, '--cert-key', KEY],
    /private key .*key: expected the key of .*certificate\.pem in PEM, got another or none$/m,
  ],
  [
    'state in a file',
    ['meter', '--load', '1', '--state', KEY],
    /key: expected a directory to keep state in, got/,
  ],
  [
    'state below a file',
    ['meter', '--load', '1', '--state', join(KEY, 'x')],
    /expected a directory to keep state/,
  ],
  [
    'a missing key',
    ['credit', '--credited', '1', ...SIGN.with(1, MISSING), '--dry-run'],
    /key file .*ENOENT/,
  ],
  [
    'a key file of other text',
    ['credit', '--credited', '1', ...SIGN.with(1, KEY_OF_LETTERS), '--dry-run'],
    /letters: expected 64 hex digits, got 70 characters that are not/,
  ],
  [
    'readings that are missing',
    ['verify', MISSING, ...REGISTRY],
    /missing: expected a readable file, got ENOENT/,
  ],
  ['a directory of readings', ['verify', FOLDER, ...REGISTRY], /expected a readable file, got EISDIR/],
];

const failures = m3terInTurn(FAILURES.map(([, words]) => words));
for (const [k, [title, , message]] of FAILURES.entries())
  test(`failure: ${title} is one line and exit code 1`, async t => {
    const finished = (await failures)[k] as Finished;
    // a guess about the calibration is told apart
    const err = finished.err.replace(/^note: .*\n/, '');
    assertError(t, { ...finished, err }, 1, message);
    t.is(finished.out, '');
    t.false(readdirSync(FOLDER).includes('missing'), 'nothing was made');
  });

test('a command in turn leaves behind what it does in a process of its own', async t => {
  for (const [k, [, words]] of FAILURES.slice(0, 2).entries())
    t.deepEqual((await failures)[k], await m3ter(...words));
  t.deepEqual((await misuses)[1], await m3ter(...(MISUSE[1]?.[1] ?? [])));
});

test('failure: what is in a wrong key file is not told', async t => {
  const { err } = await m3ter(...CREDIT, ...SIGN.with(1, KEY_OF_LETTERS), '--dry-run');
  t.notRegex(err, /private/);
});

test('failure: a broker that nobody runs is one line and exit code 1', async t => {
  const url = `mqtt://127.0.0.1:${await freePort()}`;
  const finished = await m3ter(...CREDIT, ...SIGN, '--broker', url);
  assertError(
    t,
    finished,
    1,
    new RegExp(`broker ${url}: expected a PUBACK, got none: nobody listens there \\(ECONNREFUSED\\)`),
  );
});

test('failure: a port that is taken is one line and exit code 1', async t => {
  const server = createServer();
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  t.teardown(() => server.close());
  const { port } = server.address() as { port: number };
  const finished = await m3ter('simulate', '--chain', 'none', '--headless', '--listen', String(port));
  assertError(t, finished, 1, new RegExp(`--listen: expected port ${port} to be free, got EADDRINUSE`));
});

/** A state directory, and the digest of each file in it. */
function makeState(name: string): { path: string; digests: () => Record<string, string> } {
  const path = join(FOLDER, name);
  mkdirSync(path);
  openFlash(path).close();
  writeFileSync(join(path, 'seed'), new Uint8Array(32).fill(7));
  const digestOf = (entry: string) =>
    createHash('sha256')
      .update(readFileSync(join(path, entry)))
      .digest('hex');
  return {
    path,
    digests: () => Object.fromEntries(readdirSync(path).map(entry => [entry, digestOf(entry)])),
  };
}

test('failure: a state directory that is in use is left to its user', async t => {
  const { path, digests } = makeState('used');
  const flash = openFlash(path);
  const before = digests();
  const finished = await m3ter('meter', '--state', path, '--load', '1');
  assertError(t, finished, 1, new RegExp(`nothing uses, but process ${process.pid} has it open`));
  t.deepEqual(digests(), before);
  flash.close();
});

test('failure: a seed file that was cut short is not replaced by another', async t => {
  const { path, digests } = makeState('short');
  truncateSync(join(path, 'seed'), 31);
  const before = digests();
  const finished = await m3ter('meter', '--state', path, '--load', '1');
  assertError(t, finished, 1, /seed file .*seed: expected 32 bytes, got 31/);
  t.deepEqual(digests(), before);
});

test('failure: flash of another size is not touched', async t => {
  const { path, digests } = makeState('small');
  truncateSync(join(path, 'ledger.flash'), 1000);
  const before = digests();
  const finished = await m3ter('meter', '--state', path, '--load', '1');
  assertError(t, finished, 1, /ledger\.flash: expected 65536 bytes of flash, got 1000/);
  t.deepEqual(digests(), before);
});

const [ONE, TWO, THREE] = makeReadings(3).map(envelope => `m3ter/100/7/reading ${toHex(envelope)}`) as [
  string,
  string,
  string,
];
const [, OTHER] = makeReadings(2, { imported: sequence => 1000 * sequence + 1 }).map(
  envelope => `m3ter/100/7/reading ${toHex(envelope)}`,
) as [string, string];

const READINGS: readonly (readonly [
  title: string,
  content: string | Uint8Array,
  finding: RegExp | undefined,
])[] = [
  ['nothing', '', undefined],
  [
    'text',
    `${ONE}\nDear Sir or Madam\n${TWO}\n`,
    /^line 2: malformed: expected \[\[time \]topic \]hex, got other text$/m,
  ],
  ['random bytes', new Uint8Array(4096).map((_, k) => (k * k * 31) % 251), undefined],
  ['a tampered digit', `${ONE}\n${TWO.slice(0, -1)}${TWO.endsWith('0') ? 1 : 0}\n`, /^line 2: /m],
  [
    'a fork',
    `${ONE}\n${TWO}\n${OTHER}\n`,
    /^line 3: fork: expected reading 2 to be [0-9a-f]{64}, got [0-9a-f]{64}$/m,
  ],
  ['a gap', `${ONE}\n${THREE}\n`, /^line 2: out-of-sequence: expected reading 2, got reading 3$/m],
];

const verifications = m3terInTurn(
  READINGS.map(([title, content]) => {
    const path = file(`readings-${title.replaceAll(' ', '-')}`, content);
    return ['verify', path, ...REGISTRY, '--chain-id', '100'];
  }),
);
for (const [k, [title, , finding]] of READINGS.entries())
  test(`failure: readings with ${title} do not verify`, async t => {
    const finished = (await verifications)[k] as Finished;
    assertError(t, finished, 1, /readings-.*: expected .*, got /);
    if (finding !== undefined) t.regex(finished.out, finding);
  });
