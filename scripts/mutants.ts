/**
 * Whether the tests can fail: `mutants.ts [--only TEXT]` puts one defect after the other into a copy of the tree, and
 * says what of torture and tests has noticed it.
 */
import { parseArgs } from 'node:util';
import { MutantTree, type Outcome } from './mutants/mutant-tree';
import { MUTATIONS } from './mutants/mutations';

const SLICE = ['--cuts', '20000', '--seed', '1'];
/** For what a slice of torture does not see, as flash that fails without a power cut; the quick ones first. */
const TESTS = [
  'test/firmware/ledger/journal.test.ts',
  'test/firmware/ledger/journal-kinds.test.ts',
  'test/firmware/ledger/counters-record.test.ts',
  'test/firmware/ledger/ledger.test.ts',
  'test/firmware/link/log.test.ts',
  'test/scripts/torture-processes.test.ts',
  'test/firmware/ledger/ledger-power-cuts.test.ts',
  'test/firmware/link/log-power-cuts.test.ts',
  'test/firmware/meter-power-cuts.test.ts',
];
const AVA = 'node_modules/ava/entrypoints/cli.mjs';

const tree = new MutantTree();
try {
  const { values } = parseArgs({ options: { only: { type: 'string', default: '' } } });
  const killer = findKiller();
  if (killer !== undefined)
    throw new Error(`expected a tree without defects, got one that ${killer} notices`);
  for (const mutation of MUTATIONS.filter(({ name }) => name.includes(values.only))) {
    tree.apply(mutation);
    report(mutation.name, findKiller());
    tree.restore(mutation);
  }
} catch (error) {
  process.stderr.write(`error: ${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  tree.remove();
}

function report(name: string, killer: string | undefined): void {
  process.stdout.write(`${name}: ${killer === undefined ? 'SURVIVED' : `killed by ${killer}`}\n`);
  if (killer === undefined) process.exitCode = 1;
}

/** What is red; undefined when nothing is. @throws Error when what should judge does not run */
function findKiller(): string | undefined {
  const torture = tree.torture(...SLICE);
  if (torture.status !== 0) return `torture (${brokenIn(torture)})`;
  return TESTS.find(test => tree.run(AVA, test).status !== 0);
}

function brokenIn({ status, stdout, stderr }: Outcome): string {
  if (status === null) return 'it hangs';
  const isWhole = stdout.includes('unreadable boots');
  if (!isWhole) throw new Error(`expected torture to run, got ${stderr.trim()}`);
  return stdout.split('\n').filter(isBroken).join(', ');
}

/** Whether a line of the report tells of a promise that was not kept. */
function isBroken(line: string): boolean {
  const [, lost, bound] = /^worst energy lost (\d+) mWh of (\d+)$/.exec(line) ?? [];
  return bound === undefined ? /^[a-z ]+ [1-9]\d*$/.test(line) : Number(lost) > Number(bound);
}
