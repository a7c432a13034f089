import test from 'ava';
import { DesktopClock } from '../../../hosts/desktop/clock';

/** The system's clock and the SDK's timer, by hand: each step moves the clock and lets the timer beat. */
function rig() {
  const time = { ticks: 1_800_000_000_000 };
  let beat = () => {};
  const timer = {
    repeat: (callback: () => void) => {
      beat = callback;
    },
  };
  const clock = new DesktopClock(time, timer);
  const step = (milliseconds: number) => {
    time.ticks += milliseconds;
    beat();
  };
  return { clock, step };
}

test('it tells the milliseconds since the start, and Unix seconds', t => {
  const { clock, step } = rig();
  t.is(clock.monotonic(), 0);
  step(10);
  step(990);
  t.is(clock.monotonic(), 1000);
  t.is(clock.now(), 1_800_000_001);
});

test('when the system sets its clock, or sleeps, the monotonic time neither goes back nor leaps', t => {
  const { clock, step } = rig();
  step(500);
  step(-3_600_000);
  t.is(clock.monotonic(), 500);
  step(8 * 3_600_000);
  t.is(clock.monotonic(), 1500);
  step(10);
  t.is(clock.monotonic(), 1510);
});

test('timers run once, no sooner than asked for, in the order in which they are due', t => {
  const { clock, step } = rig();
  const ran: string[] = [];
  clock.after(30.5, () => ran.push('late'));
  clock.after(20, () => ran.push('early'));
  clock.after(20, () => ran.push('early too'));
  step(10);
  t.deepEqual(ran, []);
  step(10);
  t.deepEqual(ran, ['early', 'early too']);
  step(10);
  t.is(ran.length, 2);
  step(10);
  step(10);
  t.deepEqual(ran, ['early', 'early too', 'late']);
});

test('none runs within the call that sets it, nor in the turn of the one that does', t => {
  const { clock, step } = rig();
  const ran: string[] = [];
  clock.after(0, () => {
    ran.push('first');
    clock.after(0, () => ran.push('second'));
  });
  t.deepEqual(ran, []);
  step(0);
  t.deepEqual(ran, ['first']);
  step(0);
  t.deepEqual(ran, ['first', 'second']);
});

test('one that is cancelled does not run, even when another of the same beat cancels it', t => {
  const { clock, step } = rig();
  clock.after(1, () => later.cancel());
  const later = clock.after(2, () => t.fail());
  const fired = clock.after(1, () => {});
  step(10);
  t.notThrows(() => fired.cancel());
  step(10);
});
