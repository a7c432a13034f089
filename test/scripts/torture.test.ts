import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import test from 'ava';
import { MutantTree } from '../../scripts/mutants/mutant-tree';
import { MUTATIONS } from '../../scripts/mutants/mutations';

const SCRIPT = fileURLToPath(new URL('../../scripts/torture.ts', import.meta.url));
const SCENARIOS = [
  ...['boot', 'consume', 'credit', 'directive', 'tariff-change', 'supply-memory', 'roll-over'],
  ...['retire', 'migrate', 'outbox', 'meter', 'update'],
];
const PROMISES = [
  ...['calls failed', 'settings undone', 'entries lost', 'energy invented'],
  ...['credits lost', 'credits doubled', 'registers decreased', 'readings forked'],
];

function torture(...words: string[]) {
  return spawnSync(process.execPath, ['--import=tsx', SCRIPT, ...words], { encoding: 'utf8' });
}

test.serial('a slice of a campaign meets every scenario and breaks no promise', t => {
  const { status, stdout, stderr } = torture('--cuts', '8000', '--seed', '5');
  t.is(status, 0, stderr);
  const lines = stdout.trim().split('\n');
  const counts = lines.slice(0, SCENARIOS.length).map(line => /^(\S+) (\d+) cuts$/.exec(line) ?? []);
  t.deepEqual(counts.map(([, scenario]) => scenario).sort(), SCENARIOS.toSorted());
  t.is(
    counts.reduce((sum, [, , cuts]) => sum + Number(cuts), 0),
    8_000,
  );
  const [worst, ...rest] = lines.slice(SCENARIOS.length + PROMISES.length);
  t.deepEqual(
    lines.slice(SCENARIOS.length, SCENARIOS.length + PROMISES.length),
    PROMISES.map(promise => `${promise} 0`),
  );
  const [, lost, bound] = /^worst energy lost (\d+) mWh of (\d+)$/.exec(worst ?? '') ?? [];
  t.true(Number(lost) > 0 && Number(lost) <= Number(bound), worst);
  t.deepEqual(rest, ['unreadable boots 0']);
});

test.serial('a ledger that checks no CRC is found out, and each finding is replayed to the letter', t => {
  const tree = new MutantTree();
  t.teardown(() => tree.remove());
  for (const mutation of MUTATIONS.filter(({ name }) => name === 'the CRC of a record is not checked'))
    tree.apply(mutation);
  const { status, stderr } = tree.torture('--cuts', '1500', '--seed', '5');
  t.is(status, 1);
  const findings = stderr.split('\n').filter(line => line.includes('--replay'));
  t.true(findings.length > 2, stderr);
  for (const finding of findings.slice(0, 2)) {
    const [, replay = ''] = /--replay (\S+):/.exec(finding) ?? [];
    const again = tree.torture('--replay', replay);
    t.deepEqual([again.status, again.stdout], [1, `${finding}\n`]);
    t.deepEqual([torture('--replay', replay).stdout], [`${replay} holds\n`]);
  }
});

test.serial('Ctrl-C ends a campaign with the counts so far', async t => {
  const child = spawn(process.execPath, ['--import=tsx', SCRIPT, '--cuts', '1000000', '--seed', '1']);
  const output: string[] = [];
  child.stdout.setEncoding('utf8').on('data', text => output.push(text));
  await once(child.stderr, 'data');
  child.kill('SIGINT');
  const [code] = await once(child, 'close');
  t.is(code, 130);
  t.regex(output.join(''), /^unreadable boots 0$/m);
});

test.serial('what it cannot do is told in one line', t => {
  for (const [words, message] of [
    [['--cuts', 'many'], /^error: --cuts: expected a whole number from 1, got many\n$/],
    [['--replay', 'credit:1'], /^error: --replay: expected SCENARIO:SEED:CUT, got credit:1\n$/],
    [['--seed', 'a b'], /^error: --seed: expected letters and digits, got a b\n$/],
  ] as const) {
    const { status, stderr } = torture(...words);
    t.is(status, 1);
    t.regex(stderr, message);
  }
});
