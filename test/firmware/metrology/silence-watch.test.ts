import test from 'ava';
import { SilenceWatch } from '../../../firmware/metrology/silence-watch';
import { VirtualClock } from '../../../hosts/mock/clock';

function started() {
  const clock = new VirtualClock();
  const silences: number[] = [];
  const watch = new SilenceWatch(clock, () => silences.push(clock.monotonic()));
  watch.start();
  return { clock, watch, silences };
}

test('a sensor that delivers every 2 s is not silent, at whatever moments', t => {
  for (let offset = 0; offset < 2000; offset += 125) {
    const { clock, watch, silences } = started();
    clock.advance(offset);
    for (let k = 0; k < 20; k++) {
      watch.hear();
      clock.advance(2000);
    }
    t.deepEqual(silences, [], `offset ${offset}`);
    t.is(watch.hearing, 'heard');
  }
});

test('silence is found 3 s after the start, or 2 to 3 s after the last delivery, and again every second', t => {
  const { clock, watch, silences } = started();
  t.is(watch.hearing, 'awaited');
  clock.advance(5000);
  t.deepEqual(silences, [3000, 4000, 5000]);
  clock.advance(400);
  watch.hear();
  clock.advance(3000);
  t.deepEqual(silences.slice(3), [8000]);
});

test('what keeps JavaScript busy, for however long, is no silence', t => {
  const { clock, watch, silences } = started();
  watch.hear();
  // The look that was due meanwhile comes late, once; then the window that waited.
  clock.setUnixTime(0);
  const busy = new VirtualClock();
  const late = new SilenceWatch(
    { ...portOf(busy), after: (_, callback) => busy.after(30_000, callback) },
    () => silences.push(-1),
  );
  late.start();
  for (let k = 0; k < 10; k++) {
    busy.advance(30_000);
    late.hear();
  }
  t.deepEqual(silences, []);
  watch.stop();
  t.is(clock.pending, 0);
});

function portOf(clock: VirtualClock) {
  return { monotonic: () => clock.monotonic(), now: () => clock.now() };
}
