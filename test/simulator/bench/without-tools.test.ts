import test from 'ava';
import { canCountInstructions } from '../../../hosts/native/toolchain/qemu';
import { benchNative } from '../../../simulator/bench/native';
import { FULL_EFFORT } from '../../../simulator/bench/row';
import { benchXsInstructions } from '../../../simulator/bench/xs-instructions';

// A process of its own: no other test looks for a program.
process.env.PATH = '';

test('where compiler and emulator are missing there are no figures of instructions', async t => {
  t.false(canCountInstructions());
  t.deepEqual(await benchNative(FULL_EFFORT), []);
  t.deepEqual(await benchXsInstructions(FULL_EFFORT), []);
});
