import test from 'ava';
import { PageClock } from '../../../simulator/page/client/page-clock';

/** Tells a clock of a world at some speed, ten times a second, and looks at it sixty times a second. */
function watch(speed: number, jitter: (update: number) => number, seconds: number): number[] {
  const clock = new PageClock();
  const shown: number[] = [];
  let updates = 0;
  for (let frame = 0; frame < 60 * seconds; frame++) {
    const at = 1000 + (frame * 1000) / 60;
    if (frame % 6 === 0) clock.observe(5000 + (speed * (at + jitter(updates++))) / 1000, at);
    shown.push(clock.now(at));
  }
  return shown;
}

test('it glides: from frame to frame the same step, though updates come unevenly', t => {
  for (const speed of [1, 60, 100, 1000]) {
    const shown = watch(speed, update => 30 * Math.sin(update), 10).slice(-300);
    const steps = shown.slice(1).map((time, k) => time - (shown[k] as number));
    const expected = speed / 60;
    t.true(Math.min(...steps) > 0, `${speed}: never back`);
    t.true(Math.max(...steps) < 2 * expected, `${speed}: no leap`);
    t.true(Math.abs((shown.at(-1) as number) - 5000 - speed * 10.98) < 0.2 * speed, `${speed}: in time`);
  }
});

test('it stands still when the world does, and when nothing is heard of it', t => {
  const clock = new PageClock();
  for (let k = 1; k <= 40; k++) clock.observe(100, 100 * k);
  t.is(clock.now(4050), 100);
  for (let k = 1; k <= 40; k++) clock.observe(100 + 6 * k, 4000 + 100 * k);
  t.true(clock.now(8100) > 338);
  t.is(clock.now(20_000), clock.now(60_000));
});

test('it leaps when the world has', t => {
  const clock = new PageClock();
  for (let k = 1; k <= 20; k++) clock.observe(100 + 6 * k, 100 * k);
  clock.observe(90_000, 2100);
  t.is(clock.now(2100), 90_000);
});
