import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { addressText } from '../../../firmware/attest/address';
import { toHex } from '../../../firmware/bytes';
import { verifyCommand } from '../../../simulator/cli/verify';
import { crypto, key } from '../../support/messages';
import { device, makeReadings } from '../../support/readings';
import { type Outcome, runCommand } from '../../support/run-command';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-verify-'));
const REGISTRY = ['--registry', '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02'];
const LINES = makeReadings(4).map(envelope => `m3ter/100/7/reading ${toHex(envelope)}`);
const DEVICE = addressText(crypto, device.address);
const GOLDEN = JSON.parse(readFileSync(new URL('../../vectors/m3tering-v2.json', import.meta.url), 'utf8'));
let files = 0;

function verify(lines: readonly string[], ...words: string[]): Promise<Outcome> {
  const path = join(FOLDER, `${++files}.txt`);
  writeFileSync(path, lines.map(line => `${line}\n`).join(''));
  return runCommand(verifyCommand, path, ...REGISTRY, ...words);
}

test('good readings are counted, and exit with 0', async t => {
  const ran = await verify([...LINES, LINES[3] as string]);
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  t.deepEqual(ran.lines, [`4 of 5 readings verified, 1 repeated; M3ter 7, device ${DEVICE}`]);
});

test('older readings that come again, or first, after newer ones are judged in their order', async t => {
  const [first, second, third, fourth] = LINES as [string, string, string, string];
  const ran = await verify([third, fourth, first, third, second, first]);
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  t.deepEqual(ran.lines, [`4 of 6 readings verified, 2 repeated; M3ter 7, device ${DEVICE}`]);
  const gap = await verify([fourth, first, second]);
  t.is(gap.lines[0], 'line 1: out-of-sequence: expected reading 3, got reading 4');
});

test('a reading of a lower number by another device does not tell whose the file is', async t => {
  const [forged = ''] = makeReadings(1, { signer: key(43) }).map(toHex);
  const [, second, third] = LINES as [string, string, string];
  const ran = await verify([second, third, `m3ter/100/7/reading ${forged}`]);
  t.regex(ran.lines[0] ?? '', new RegExp(`^line 3: wrong-signer: expected a signature by ${DEVICE}, got`));
  t.is(ran.lines.length, 2);
});

test('a topic log is taken, with the time in front and all else that meters say', async t => {
  const log = [
    '1800000000 m3ter/100/7/online 01',
    ...LINES.map((line, k) => `180000000${k}.25 ${line}`),
    '1800000009 m3ter/100/7/event 00',
    'm3ter/100/7/telemetry',
    '1800000009 m3ter/100/7/reset ',
  ];
  const ran = await verify(log);
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  t.deepEqual(ran.lines, [`4 of 4 readings verified; M3ter 7, device ${DEVICE}`]);
  const [first = ''] = LINES;
  const others = [`1800000000 ${first.replace('/7/', '/8/')}`, ...log];
  t.is((await verify(others)).exitCode, 1);
  t.deepEqual((await verify(others, '--m3ter-id', '7')).lines, ran.lines);
});

test('--json prints one object', async t => {
  const ran = await verify(LINES, '--json', '--device', DEVICE);
  t.deepEqual(JSON.parse(ran.lines.join('\n')), {
    valid: true,
    readings: 4,
    verified: 4,
    repeated: 0,
    m3terId: '7',
    device: DEVICE,
    lastSequence: 4,
    faults: [],
  });
});

test('without topics the chain must be given', async t => {
  const bare = LINES.map(line => line.split(' ')[1] as string);
  t.is((await verify(bare, '--chain-id', '100')).exitCode, 0);
  const ran = await verify(bare);
  t.is(ran.exitCode, 2);
  t.is(ran.error, 'expected --chain-id N, or a topic before the first reading, got neither');
});

test('each fault has a line that names the line it is in', async t => {
  const [first, second, , fourth] = LINES as [string, string, string, string];
  const ran = await verify([first, '', 'rubbish', second, fourth, second.replace('/7/', '/8/')]);
  t.is(ran.exitCode, 1);
  t.deepEqual(ran.lines, [
    'line 3: malformed: expected [[time ]topic ]hex, got other text',
    'line 5: out-of-sequence: expected reading 3, got reading 4',
    'line 6: wrong-meter: expected topic m3ter/100/7/reading, got m3ter/100/8/reading',
    `2 of 5 readings verified; M3ter 7, device ${DEVICE}`,
  ]);
  t.regex(ran.error, /expected 5 good readings, got 3 bad among them$/);
});

test('every changed digit of a reading is found', async t => {
  const [first] = LINES as [string];
  const at = 'm3ter/100/7/reading '.length;
  for (let k = at; k < first.length; k += 37) {
    const digit = (Number.parseInt(first.charAt(k), 16) ^ 1).toString(16);
    const ran = await verify([first.slice(0, k) + digit + first.slice(k + 1)], '--device', DEVICE);
    t.is(ran.exitCode, 1, `digit ${k}`);
  }
});

test('readings by another device, for another meter or chain are faults', async t => {
  t.is((await verify(LINES, '--device', addressText(crypto, key(43).address))).exitCode, 1);
  t.is((await verify(LINES, '--m3ter-id', '8')).exitCode, 1);
  t.is((await verify(LINES, '--chain-id', '1')).exitCode, 1);
});

test('a file that is missing or empty is one clear line', async t => {
  const missing = await runCommand(verifyCommand, '/no/such', ...REGISTRY);
  t.deepEqual(
    [missing.exitCode, missing.error],
    [1, 'readings /no/such: expected a readable file, got ENOENT'],
  );
  const empty = await verify([], '--chain-id', '100');
  t.is(empty.exitCode, 1);
  t.regex(empty.error, /expected a reading a line, got no line$/);
});

test('the payload of a meter in service is valid', async t => {
  const ran = await runCommand(verifyCommand, '--payload', GOLDEN.payload);
  t.is(ran.exitCode, 0);
  t.deepEqual(JSON.parse(ran.lines.join('\n')), {
    valid: true,
    nonce: GOLDEN.nonce,
    energy: GOLDEN.energy_mWh,
    voltage: GOLDEN.voltage_V,
    publicKey: GOLDEN.publicKey,
  });
});

test('a payload without its key is checked with one that is given', async t => {
  const short = GOLDEN.payload.slice(0, 144);
  const ran = await runCommand(verifyCommand, '--payload', short, '--public-key', GOLDEN.publicKey, '--json');
  t.true(JSON.parse(ran.lines.join('\n')).valid);
  const alone = await runCommand(verifyCommand, '--payload', short);
  t.is(alone.exitCode, 2);
});

test('a payload that was changed says so, and exits with 1', async t => {
  const ran = await runCommand(verifyCommand, '--payload', GOLDEN.payload.replace('1aea', '1aeb'));
  t.is(ran.exitCode, 1);
  t.false(JSON.parse(ran.lines.join('\n')).valid);
});

test('misuse of verify says what was expected', async t => {
  const cases: [string[], RegExp][] = [
    [[], /expected either FILE or --payload HEX, got neither/],
    [['file', '--payload', '00'], /got both/],
    [['file'], /expected --registry ADDRESS, got none/],
    [['--payload', 'xyz'], /'xyz' is invalid\. Expected whole bytes of hex/],
    [['--payload', '00'], /--payload: expected 72, 74, 106, 109 or 112 bytes, got 1/],
    [['--payload', GOLDEN.payload, '--public-key', '00'], /--public-key: expected 32 bytes, got 1/],
  ];
  for (const [words, message] of cases) {
    const ran = await runCommand(verifyCommand, ...words);
    t.is(ran.exitCode, 2, words.join(' '));
    t.regex(ran.error, message);
  }
});
