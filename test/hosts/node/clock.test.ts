import { setTimeout as sleep } from 'node:timers/promises';
import test from 'ava';
import { RealClock } from '../../../hosts/node/clock';
import { until } from '../../support/session';

test('a timer fires once, no sooner than asked, in the clock’s own time', async t => {
  for (const speed of [1, 60]) {
    const clock = new RealClock({ speed });
    for (const delay of [0, 0.5, 7.3, 20]) {
      const due = clock.monotonic() + delay;
      const fired: number[] = [];
      clock.after(delay, () => fired.push(clock.monotonic()));
      t.is(fired.length, 0, 'not from within the call');
      await until('fired', () => fired.length > 0);
      t.true((fired[0] as number) >= due);
      t.is(fired.length, 1);
    }
  }
});

test('a cancelled timer does not fire', async t => {
  const clock = new RealClock({ speed: 1000 });
  const timer = clock.after(1000, () => t.fail());
  timer.cancel();
  await sleep(20);
  t.pass();
});

test('a timer of more than 24.8 days waits instead of firing at once', async t => {
  const timer = new RealClock().after(0x80000000, () => t.fail());
  await sleep(20);
  timer.cancel();
  t.pass();
});

test('Unix time is the system’s, and runs ahead of it at a higher speed', async t => {
  t.true(Math.abs(new RealClock().now() - Date.now() / 1000) <= 2);
  const clock = new RealClock({ speed: 100_000 });
  await sleep(20);
  t.true(clock.now() - Date.now() / 1000 > 1000);
  t.throws(() => new RealClock({ speed: 0 }), { message: 'speed: expected a positive number, got 0' });
});
