import { createHash } from 'node:crypto';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { ZERO_ADDRESS } from '../../../firmware/attest/address';
import { verifyDirective } from '../../../firmware/directives/verify';
import { releaseCommand } from '../../../simulator/cli/release';
import { bytes, key } from '../../support/messages';
import { domain, M3TER_ID } from '../../support/readings';
import { runCommand } from '../../support/run-command';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-release-'));
const KEY_FILE = join(FOLDER, 'owner.key');
writeFileSync(KEY_FILE, `0x${'1'.padStart(64, '0')}\n`);
const IMAGE_FILE = join(FOLDER, 'm3ter.bin');
const IMAGE = Uint8Array.of(0xe9, 1, 2, 3);
writeFileSync(IMAGE_FILE, IMAGE);
const REGISTRY = '0x39fb420Bd583cCC8Afd1A1eAce2907fe300ABD02';
const METER = ['--m3ter-id', '7', '--chain-id', '100', '--registry', REGISTRY];
const SIGN = ['--key', KEY_FILE, ...METER, '--dry-run', '--json'];
const URL = 'https://example.org/m3ter/m3ter.bin';

function release(...words: readonly string[]) {
  return runCommand(releaseCommand, ...SIGN, '--image', IMAGE_FILE, ...words);
}

test('a release names the image by its hash, and the meter obeys it', async t => {
  for (const [text, version] of [
    ['0.2.0', 0x000200],
    ['1.255.3', 0x01ff03],
    ['512', 512],
  ] as const) {
    const { exitCode, lines } = await release('--url', URL, '--firmware-version', text);
    t.is(exitCode, 0);
    const { topic, payload } = JSON.parse(lines.join('\n')) as { topic: string; payload: string };
    t.is(topic, 'm3ter/100/7/firmware');
    const owner = key(1).address;
    const authority = { domain, m3terId: M3TER_ID, owner, operator: ZERO_ADDRESS, registrar: ZERO_ADDRESS };
    const hash = Uint8Array.from(createHash('sha256').update(IMAGE).digest());
    t.deepEqual(verifyDirective(authority, 'firmware', bytes(payload)) as unknown, {
      ok: true,
      value: { kind: 'firmware', message: { m3terId: 7n, version, hash, url: URL }, signer: owner },
    });
  }
});

test('what no meter would obey, and an image that is not there, is one clear line', async t => {
  const wrong = [
    [['--url', 'ftp://example.org/x', '--firmware-version', '1'], /Expected http/],
    [['--url', `${URL}#x`, '--firmware-version', '1'], /Expected http/],
    [['--url', URL, '--firmware-version', '0.256.0'], /numbers up to 255/],
    [['--url', URL, '--firmware-version', '0.0.0'], /Expected a version, 1 to/],
    [['--url', URL, '--firmware-version', 'new'], /Expected a version/],
    [['--url', URL], /firmware-version/],
  ] as const;
  for (const [words, error] of wrong) {
    const ran = await release(...words);
    t.not(ran.exitCode, 0);
    t.regex(ran.error, error);
  }
  const missing = ['--image', join(FOLDER, 'none.bin'), '--url', URL, '--firmware-version', '1'];
  const { exitCode, error } = await runCommand(releaseCommand, ...SIGN, ...missing);
  t.is(exitCode, 1);
  t.regex(error, /none\.bin: expected a readable file/);
});
