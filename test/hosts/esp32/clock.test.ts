import test from 'ava';
import { BoardClock } from '../../../hosts/esp32/clock';
import { VirtualClock } from '../../../hosts/mock/clock';

/** The SDK's timers: whole ms by a clock that is `early` ms ahead, in 32 bits, and no more than a pointer to clear. */
function sdkTimers(clock: VirtualClock, early = 0) {
  const delays: number[] = [];
  return {
    delays,
    set(callback: () => void, milliseconds: number) {
      delays.push(milliseconds);
      if (milliseconds !== (milliseconds | 0))
        throw new Error(`not a whole number of 32 bits: ${milliseconds}`);
      return clock.after(Math.max(0, milliseconds - early), callback);
    },
    clear: (timer: { cancel(): void }) => timer.cancel(),
  };
}

function fresh(early?: number) {
  const time = new VirtualClock();
  const timers = sdkTimers(time, early);
  return { time, timers, clock: new BoardClock({ timers, microseconds: () => time.monotonic() * 1000 }) };
}

test('a timer fires once, no sooner than asked, however early the SDK’s is', t => {
  const { time, clock } = fresh(0.7);
  for (const delay of [0, 0.2, 1, 7.3, 5000]) {
    const due = clock.monotonic() + delay;
    const fired: number[] = [];
    clock.after(delay, () => fired.push(clock.monotonic()));
    t.is(fired.length, 0, 'not from within the call');
    time.advance(20_000);
    t.is(fired.length, 1);
    t.true((fired[0] as number) >= due && (fired[0] as number) < due + 2);
  }
});

test('a cancelled timer does not fire, nor does cancelling twice or after the firing matter', t => {
  const { time, clock } = fresh();
  clock.after(10, () => t.fail()).cancel();
  const timer = clock.after(10, () => t.pass());
  time.advance(100);
  timer.cancel();
  timer.cancel();
  t.is(time.pending, 0);
});

test('a timer of months waits in steps that fit the SDK’s 32 bits', t => {
  const { time, timers, clock } = fresh();
  const month = 30 * 86_400_000;
  let fired = 0;
  clock.after(2 * month, () => {
    fired = time.monotonic();
  });
  time.advance(2 * month - 1);
  t.is(fired, 0);
  time.advance(1);
  t.is(fired, 2 * month);
  t.true(Math.max(...timers.delays) < 2 ** 31);
});

test('a cancelled timer of months is cancelled in the middle of its steps', t => {
  const { time, clock } = fresh();
  const timer = clock.after(1e10, () => t.fail());
  time.advance(1e9);
  timer.cancel();
  time.advance(1e11);
  t.is(time.pending, 0);
});

test('Unix time is unknown until it is told, and goes on from there with the counter', t => {
  const { time, clock } = fresh();
  t.is(clock.now(), undefined);
  time.advance(1000);
  clock.setUnixTime(1_800_000_000_600);
  t.is(clock.now(), 1_800_000_000);
  time.advance(400);
  t.is(clock.now(), 1_800_000_001);
  clock.setUnixTime(1_700_000_000_000);
  t.is(clock.now(), 1_700_000_000);
  t.is(clock.monotonic(), 1400, 'the counter is not set');
});

test('a delay that is none is misuse', t => {
  const { clock } = fresh();
  for (const delay of [-1, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => clock.after(delay, () => {}), {
      message: `after: expected milliseconds from 0, got ${delay}`,
    });
});
