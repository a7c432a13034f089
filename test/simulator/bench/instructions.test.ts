import test from 'ava';
import { canCountInstructions } from '../../../hosts/native/toolchain/qemu';
import { InstructionCounter } from '../../../simulator/bench/instructions';
import { FULL_EFFORT } from '../../../simulator/bench/row';

const counted = canCountInstructions() ? test : test.skip;
const effort = { ...FULL_EFFORT, logSize: 8192, countedRuns: 3 };

counted('the firmware on XS takes the same instructions every time, and each part of it works', async t => {
  const counter = await InstructionCounter.open(effort);
  const spans = [
    'sign',
    'recover',
    'keccak256',
    'window',
    'save',
    'reading',
    'keptReading',
    'credit',
  ] as const;
  const counts = await counter.native(spans);
  t.deepEqual([...counts.keys()], [...spans]);
  t.deepEqual(await counter.native(spans), counts);
  const value = (span: (typeof spans)[number]) => counts.get(span) ?? Number.NaN;
  // A reading has a signature and three hashes in it, and so much has a credit of the other.
  t.true(value('reading') > value('sign') + 3 * value('keccak256'));
  t.true(value('keptReading') > value('reading') + value('save'));
  t.true(value('credit') > value('recover') + value('save'));
  t.true(value('window') < value('sign'));
});

counted('in the memory of the board @noble hashes and cannot sign', async t => {
  t.timeout(240_000);
  const counter = await InstructionCounter.open(effort);
  t.deepEqual(await counter.fitting(['sha256', 'sign']), new Set(['sha256']));
});
