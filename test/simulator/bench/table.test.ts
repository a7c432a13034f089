import test from 'ava';
import { markdownTable, rowLine } from '../../../simulator/bench/table';

const SPEED = { name: 'speed', value: 24_505.7, unit: 'times real time', budget: { atLeast: 20_000 } };
const ERROR = { name: 'error', value: 0.0033263, unit: '%', budget: { atMost: 0.5 } };
const SIZE = { name: 'size', value: 244.19, unit: 'KB' };

test('figures have three digits, or as many as it takes to be whole', t => {
  t.regex(rowLine(SPEED), /^speed +24,506 times real time +≥ 20,000$/);
  t.regex(rowLine(ERROR), /^error +0\.00333 % +≤ 0\.5$/);
  t.regex(rowLine(SIZE), /^size +244 KB$/);
});

test('the table for the README tells the figures, the budgets and the machine', t => {
  const [head, rule, speed, error, size, blank, machine] = markdownTable([SPEED, ERROR, SIZE]).split('\n');
  t.is(head, '| figure | measured | budget |');
  t.is(rule, '| --- | ---: | ---: |');
  t.is(speed, '| speed | 24,506 times real time | ≥ 20,000 |');
  t.is(error, '| error | 0.00333 % | ≤ 0.5 |');
  t.is(size, '| size | 244 KB |  |');
  t.is(blank, '');
  t.regex(machine ?? '', /^Measured by `m3ter bench` on Node v\d+\.\d+\.\d+, \d+ × .+\.$/);
});
