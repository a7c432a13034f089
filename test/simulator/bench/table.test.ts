import test from 'ava';
import { markdownTable, rowLine } from '../../../simulator/bench/table';

const SPEED = { name: 'speed', value: 24_505.7, unit: 'times real time', budget: { atLeast: 20_000 } };
const ERROR = { name: 'error', value: 0.0033263, unit: '%', budget: { atMost: 0.5 } };
const ACCURACY = { ...ERROR, name: 'accuracy', budget: { atMost: 0.2 }, limit: 1 };
const SIZE = { name: 'size', value: 244.19, unit: 'KB' };
const HASH = { name: 'hash', value: 0.056, unit: 'M', inJavaScript: { value: 34.04, fits: true } };
const SIGN = {
  name: 'sign',
  value: 2.4,
  unit: 'M',
  budget: { atMost: 3 },
  inJavaScript: { value: 65.6, fits: false },
};

test('figures have three digits, or as many as it takes to be whole', t => {
  t.regex(rowLine(SPEED), /^speed +24,506 times real time +≥ 20,000$/);
  t.regex(rowLine(ERROR), /^error +0\.00333 % +≤ 0\.5$/);
  t.regex(rowLine(SIZE), /^size +244 KB$/);
});

test("a standard's limit stands beside the budget that is a part of it", t => {
  t.regex(rowLine(ACCURACY), /^accuracy +0\.00333 % +≤ 0\.2 +limit 1$/);
  t.true(markdownTable([ACCURACY]).includes('| accuracy | 0.00333 % | ≤ 0.2 (limit 1) |  |'));
});

test('what JavaScript takes for the same stands behind it, with a word when it does not fit', t => {
  t.regex(rowLine(HASH), /^hash +0\.056 M +in JavaScript 34$/);
  t.regex(rowLine(SIGN), /^sign +2\.4 M +≤ 3 +in JavaScript 65\.6, does not fit$/);
});

test('the table for the README tells the figures, the budgets and the machine', t => {
  const rows = [SPEED, ERROR, SIZE, HASH, SIGN];
  const [head, rule, speed, error, size, hash, sign, blank, machine] = markdownTable(rows).split('\n');
  t.is(head, '| figure | measured | budget | in JavaScript (@noble) |');
  t.is(rule, '| --- | ---: | ---: | ---: |');
  t.is(speed, '| speed | 24,506 times real time | ≥ 20,000 |  |');
  t.is(error, '| error | 0.00333 % | ≤ 0.5 |  |');
  t.is(size, '| size | 244 KB |  |  |');
  t.is(hash, '| hash | 0.056 M |  | 34 |');
  t.is(sign, '| sign | 2.4 M | ≤ 3 | 65.6, does not fit |');
  t.is(blank, '');
  t.regex(machine ?? '', /^Measured by `m3ter bench` on Node v\d+\.\d+\.\d+, \d+ × .+\.$/);
});
