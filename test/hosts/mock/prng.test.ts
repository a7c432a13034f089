import test from 'ava';
import { Prng } from '../../../hosts/mock/prng';

const draw = (prng: Prng, count: number) => Array.from({ length: count }, () => prng.bits());

test('the same seed gives the same numbers, another seed others', t => {
  t.deepEqual(draw(new Prng(7), 100), draw(new Prng(7), 100));
  t.notDeepEqual(draw(new Prng(7), 4), draw(new Prng(8), 4));
  t.deepEqual(draw(new Prng(1), 3), [1286325156, 3820435218, 3253353465]);
});

test('a fork is the same however much was drawn before, and unlike its parent and siblings', t => {
  const fresh = new Prng(7);
  const used = new Prng(7);
  draw(used, 10);
  t.deepEqual(draw(fresh.fork('noise'), 10), draw(used.fork('noise'), 10));
  t.notDeepEqual(draw(fresh.fork('noise'), 4), draw(fresh.fork('clouds'), 4));
  t.notDeepEqual(draw(fresh.fork('noise'), 4), draw(new Prng(7), 4));
});

test('uniform numbers lie in [0, 1) and are spread evenly', t => {
  const prng = new Prng('even');
  const tenths = new Array<number>(10).fill(0);
  for (let k = 0; k < 100_000; k++) {
    const tenth = Math.floor(10 * prng.uniform());
    tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
  }
  t.is(tenths.length, 10);
  for (const count of tenths) t.true(Math.abs(count - 10_000) < 500, `${tenths}`);
});

test('gaussian numbers have mean 0, variance 1 and the right tails', t => {
  const prng = new Prng('bell');
  const count = 100_000;
  let sum = 0;
  let squares = 0;
  let beyond = 0;
  for (let k = 0; k < count; k++) {
    const value = prng.gaussian();
    sum += value;
    squares += value * value;
    if (Math.abs(value) > 2) beyond++;
  }
  t.true(Math.abs(sum / count) < 0.015);
  t.true(Math.abs(squares / count - 1) < 0.02);
  t.true(Math.abs(beyond / count - 0.0455) < 0.003);
});
