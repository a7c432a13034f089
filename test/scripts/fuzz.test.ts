import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { TARGET_NAMES } from '../../scripts/fuzz/targets';
import { MutantTree } from '../../scripts/mutants/mutant-tree';

const SCRIPT = fileURLToPath(new URL('../../scripts/fuzz.ts', import.meta.url));
const PROMISES = ['throws', 'accepted', 'misread', 'hangs', 'heap growth'];
const ENVELOPE = 'firmware/attest/envelope.ts';
const VERIFY = 'firmware/directives/verify.ts';
const TELEMETRY = 'firmware/attest/telemetry.ts';
const PACKETS = 'firmware/link/packets.ts';
const PAYLOAD = 'firmware/attest/m3tering-v2.ts';
/** Each with the promise that it breaks. */
const DEFECTS = [
  {
    breaks: 'throws',
    ...{ name: 'what mqtt-packet throws is not caught', file: PACKETS },
    find: 'throws when nobody listens\n      return undefined;',
    replace: "throws when nobody listens\n      throw new Error('no packet');",
  },
  {
    breaks: 'accepted',
    ...{ name: 'anybody may sign', file: VERIFY },
    find: "if (!mayGive(authority, signers, signer)) return failure('wrong-signer');",
    replace: 'mayGive(authority, signers, signer);',
  },
  {
    breaks: 'misread',
    ...{ name: 'any encoding is taken', file: ENVELOPE },
    find: 'if (!equal(encodeChecked(type, message, signature), bytes))',
    replace: 'if (equal(encodeChecked(type, message, signature), new Uint8Array(0)))',
  },
  {
    breaks: 'heap growth',
    ...{ name: 'what came is kept', file: TELEMETRY },
    find: 'const map = decodeCbor(bytes, MAXIMUM_LENGTH);',
    replace:
      'const map = decodeCbor(bytes, MAXIMUM_LENGTH); const all: any = globalThis; all.kept = [all.kept, new Array(9999).fill(0)];',
  },
];
const ENDLESS = {
  ...{ name: 'it never ends', file: PAYLOAD },
  find: 'const { length } = bytes;',
  replace: 'const { length } = bytes; for (;;) if (length < 0) break;',
};

function fuzz(...words: string[]) {
  return spawnSync(process.execPath, ['--import=tsx', SCRIPT, ...words], { encoding: 'utf8' });
}

/** What a line says, by what it is about. */
function countsOf(stdout: string): Map<string, number> {
  const lines = stdout.trim().split('\n');
  return new Map(
    lines.map(line => {
      const [, about = '', count] = /^(.*?) (\d+)(?: inputs| KiB of \d+)?$/.exec(line) ?? [];
      return [about, Number(count)];
    }),
  );
}

test.serial('a slice of a campaign meets every target and breaks no promise', t => {
  const { status, stdout, stderr } = fuzz('--inputs', '6000', '--seed', '5');
  t.is(status, 0, stderr);
  const counts = countsOf(stdout);
  t.is(
    TARGET_NAMES.reduce((sum, name) => sum + (counts.get(name) ?? 0), 0),
    6000,
  );
  t.true(TARGET_NAMES.every(name => (counts.get(name) ?? 0) >= 100));
  t.regex(stdout, /^largest heap growth \d+ KiB of 4096$/m);
  t.deepEqual(
    stdout.trim().split('\n').slice(-PROMISES.length),
    PROMISES.map(promise => `${promise} 0`),
  );
});

test.serial('each promise can be broken, and each finding is replayed to the letter', t => {
  const tree = new MutantTree();
  t.teardown(() => tree.remove());
  const mutant = (...words: string[]) => tree.run('--import=tsx', 'scripts/fuzz.ts', ...words);
  for (const defect of DEFECTS) tree.apply(defect);
  const { status, stdout, stderr } = mutant('--inputs', '8000', '--seed', '5');
  t.is(status, 1, stderr);
  const counts = countsOf(stdout);
  for (const { breaks, name } of DEFECTS) t.true((counts.get(breaks) ?? 0) > 0, name);
  for (const breach of ['throws', 'accepted', 'misread']) {
    const finding = stderr.split('\n').find(line => line.startsWith(`${breach}, --replay`)) ?? '';
    const [, replay = '', input = ''] = /--replay (\S+):.*; input ([0-9a-f]+)$/.exec(finding) ?? [];
    t.true(input.length > 0, finding);
    const again = mutant('--replay', replay);
    t.deepEqual([again.status, again.stdout], [1, `${finding}\n`]);
    if (breach === 'accepted') t.is(fuzz('--replay', replay).stdout, `${replay} holds\n`);
  }
  tree.apply(ENDLESS);
  t.regex(
    mutant('--replay', 'payload:5:1').stdout,
    /^hangs, --replay payload:5:1: it took more than 1000 ms; /,
  );
});

test.serial('Ctrl-C ends a campaign with the counts so far', async t => {
  const child = spawn(process.execPath, ['--import=tsx', SCRIPT, '--inputs', '10000000', '--seed', '1']);
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', text => output.push(text));
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  t.is(code, 130);
  t.regex(output.join(''), /^heap growth 0$/m);
});

test.serial('what it cannot do is told in one line', t => {
  for (const [words, message] of [
    [['--inputs', 'many'], /^error: --inputs: expected a whole number from 1, got many\n$/],
    [['--replay', 'credit:1:1'], /^error: --replay: expected TARGET:SEED:NUMBER, got credit:1:1\n$/],
    [['--seed', 'a b'], /^error: --seed: expected letters and digits, got a b\n$/],
  ] as const) {
    const { status, stderr } = fuzz(...words);
    t.is(status, 1);
    t.regex(stderr, message);
  }
});
