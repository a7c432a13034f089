import test from 'ava';
import * as fc from 'fast-check';
import { VirtualClock } from '../../../hosts/mock/clock';

test('timers run in order of time, then of creation, each at its own moment', t => {
  fc.assert(
    fc.property(fc.array(fc.nat(20).map(quarter => quarter / 4)), delays => {
      const clock = new VirtualClock();
      const ran: [number, number][] = [];
      delays.forEach((delay, k) => void clock.after(delay, () => ran.push([clock.monotonic(), k])));
      clock.advance(5);
      const expected = delays.map((delay, k) => [delay, k] as [number, number]);
      t.deepEqual(
        ran,
        expected.sort(([a, j], [b, k]) => a - b || j - k),
      );
      t.is(clock.pending, 0);
    }),
  );
});

test('a cancelled timer does not run, whichever are cancelled and however often', t => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(5), fc.boolean())), timers => {
      const clock = new VirtualClock();
      const ran = new Set<number>();
      const made = timers.map(([delay], k) => clock.after(delay, () => ran.add(k)));
      timers.forEach(([, isCancelled], k) => {
        if (!isCancelled) return;
        made[k]?.cancel();
        made[k]?.cancel();
      });
      clock.advance(10);
      t.deepEqual([...ran].sort(), [...timers.keys()].filter(k => !timers[k]?.[1]).sort());
    }),
  );
});

test('time stops at the moment asked for, and timers beyond it wait', t => {
  const clock = new VirtualClock();
  let runs = 0;
  clock.after(10, () => runs++);
  clock.runUntil(9.5);
  t.is(clock.monotonic(), 9.5);
  t.deepEqual([runs, clock.pending, clock.next], [0, 1, 10]);
  clock.runUntil(10);
  t.deepEqual([runs, clock.pending, clock.next], [1, 0, undefined]);
});

test('a timer made by a timer runs in the same pass when it is due, never from within the call', t => {
  const clock = new VirtualClock();
  const ran: string[] = [];
  clock.after(1, () => {
    clock.after(0, () => ran.push('inner'));
    ran.push('outer');
  });
  clock.after(1, () => ran.push('other'));
  clock.advance(1);
  t.deepEqual(ran, ['outer', 'other', 'inner']);
});

test('Unix time is unknown until it is set, and then runs along', t => {
  const clock = new VirtualClock();
  clock.advance(1500);
  t.is(clock.now(), undefined);
  clock.setUnixTime(1_700_000_000);
  clock.advance(999);
  t.is(clock.now(), 1_700_000_000);
  clock.advance(1);
  t.is(clock.now(), 1_700_000_001);
  clock.setUnixTime(undefined);
  t.is(clock.now(), undefined);
  t.is(new VirtualClock(42).now(), 42);
});

test('misuse says what was expected and what came', t => {
  const clock = new VirtualClock();
  t.throws(() => clock.after(-1, () => {}), { message: 'after: expected milliseconds from 0, got -1' });
  t.throws(() => clock.after(Number.NaN, () => {}), { instanceOf: RangeError });
  clock.advance(5);
  t.throws(() => clock.runUntil(4), { message: 'runUntil: expected 5 ms or later, got 4' });
});
