import test from 'ava';
import { tone } from '../../../simulator/view/tone';

test('NO_COLOR, when it is set and not empty, takes the colours away', t => {
  delete process.env.NO_COLOR;
  t.deepEqual(tone('good'), { color: 'green' });
  process.env.NO_COLOR = '';
  t.deepEqual(tone('good'), { color: 'green' });
  process.env.NO_COLOR = '1';
  t.deepEqual(tone('good'), {});
});
