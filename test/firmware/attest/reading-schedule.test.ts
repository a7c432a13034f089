import test from 'ava';
import { ReadingSchedule } from '../../../firmware/attest/reading-schedule';
import { VirtualClock } from '../../../hosts/mock/clock';

const QUARTER = 1_800_000_000;

/** What it tells: Unix times of what is due, if known, else `monotonic` s; and what the clock told before. */
function schedule(clock: VirtualClock, interval = 900) {
  const due: number[] = [];
  const set: number[] = [];
  const made = new ReadingSchedule(clock, interval, {
    onDue: () => due.push(clock.now() ?? clock.monotonic() / 1000),
    onClockSet: before => set.push(before),
  });
  made.start();
  return { due, set, made };
}

test('readings are due on the quarters of the wall clock, however the meter was started', t => {
  const clock = new VirtualClock(QUARTER + 123);
  const { due, set } = schedule(clock);
  clock.advance(3600_000);
  t.deepEqual(due, [QUARTER + 900, QUARTER + 1800, QUARTER + 2700, QUARTER + 3600]);
  t.deepEqual(set, []);
});

test('while the time is unknown one is due each interval from the start', t => {
  const clock = new VirtualClock();
  clock.advance(5000);
  const { due } = schedule(clock);
  clock.advance(2 * 900_000);
  t.deepEqual(due, [905, 1805]);
});

test('when the time becomes known it is told, and from the next quarter on it counts', t => {
  const clock = new VirtualClock();
  const { due, set } = schedule(clock);
  clock.advance(100_000);
  clock.setUnixTime(QUARTER + 700);
  clock.advance(1200_000);
  t.deepEqual(due, [QUARTER + 900, QUARTER + 1800]);
  t.deepEqual(set, [0]);
});

test('when the time is corrected it is told what it was before, and the corrected quarters count', t => {
  const clock = new VirtualClock(QUARTER);
  const { due, set } = schedule(clock);
  clock.advance(90_000);
  clock.setUnixTime(QUARTER + 600);
  clock.advance(300_000);
  clock.setUnixTime(QUARTER - 5000);
  clock.advance(600_000);
  t.deepEqual(set, [QUARTER + 120, QUARTER + 930]);
  t.deepEqual(due, [QUARTER + 900, QUARTER - 4500]);
});

test('a time that becomes unknown again does not stop it', t => {
  const clock = new VirtualClock(QUARTER);
  const { due, set } = schedule(clock);
  clock.advance(60_000);
  clock.setUnixTime(undefined);
  clock.advance(960_000);
  t.deepEqual(set, [QUARTER + 120]);
  t.deepEqual(due, [1020]);
});

test('a wall clock that runs a little slow makes no quarter due twice', t => {
  const clock = new VirtualClock(QUARTER);
  const { due, set } = schedule(clock);
  for (let minute = 0; minute < 24 * 60; minute++) {
    clock.advance(60_000);
    clock.setUnixTime((clock.now() ?? 0) - (minute % 3 === 0 ? 1 : 0));
  }
  t.deepEqual(set, []);
  const quarters = due.map(time => Math.round((time - QUARTER) / 900));
  t.deepEqual(
    quarters,
    Array.from({ length: due.length }, (_, k) => k + 1),
  );
});

test('an interval of one second is one of one second', t => {
  const clock = new VirtualClock(QUARTER);
  const { due } = schedule(clock, 1);
  clock.advance(3000);
  t.deepEqual(due, [QUARTER + 1, QUARTER + 2, QUARTER + 3]);
});

test('nothing is due after the stop', t => {
  const clock = new VirtualClock(QUARTER);
  const { due, made } = schedule(clock);
  made.stop();
  clock.advance(3600_000);
  t.deepEqual(due, []);
  t.is(clock.pending, 0);
});
