import test from 'ava';
import fc from 'fast-check';
import type { PhaseMeasurement } from '../../../firmware/host';
import { NO_PHASE_MEASUREMENT } from '../../../firmware/metrology/believable';
import { ContactWatch } from '../../../firmware/supply/contact-watch';

const WINDOW = 200;
/** ms since the boot */
const EARLIER = 1_000_000;

function drawing(current: number, activePower = 230 * current, reactivePower = 0): PhaseMeasurement {
  return { ...NO_PHASE_MEASUREMENT, voltage: 230, current, activePower, reactivePower };
}
const IDLE = drawing(0);

/** Hands it windows of 200 ms one after the other, and tells what came at which ms after the order to open. */
class Scene {
  readonly watch: ContactWatch;
  readonly told: [number, string][] = [];
  time = 0;

  constructor(limits: readonly number[] = [4]) {
    this.watch = new ContactWatch(limits, EARLIER);
  }

  run(phases: readonly PhaseMeasurement[], milliseconds: number): this {
    for (let passed = 0; passed < milliseconds; passed += WINDOW) {
      this.time += WINDOW;
      const text = this.watch.take(phases, EARLIER + this.time);
      if (text !== undefined) this.told.push([this.time, text]);
    }
    return this;
  }
}

test('current that goes on after the relay was told to open is told once, four to five seconds later', t => {
  const { told, watch } = new Scene().run([drawing(3.204)], 60_000);
  t.is(told.length, 1);
  const [[time, text] = [0, '']] = told;
  t.is(text, 'L1 3.20 A');
  t.true(time > 4000 && time <= 5000, `${time} ms`);
  t.true(watch.isFound);
});

test('current in the two seconds after the order is none of its business', t => {
  const scene = new Scene().run([drawing(40)], 2000).run([IDLE], 60_000);
  t.deepEqual(scene.told, []);
  t.false(scene.watch.isFound);
});

test('current that comes later is told within three seconds; less than two seconds of it never', t => {
  const scene = new Scene().run([IDLE], 60_000);
  for (let k = 0; k < 50; k++) scene.run([drawing(5)], 1800).run([IDLE], 200);
  t.deepEqual(scene.told, []);
  const start = scene.time;
  scene.run([drawing(5)], 3000);
  t.is(scene.told.length, 1);
  t.true((scene.told[0]?.[0] ?? 0) - start <= 3000);
});

test('the phase with the most current is named', t => {
  const scene = new Scene([4, 4, 4]).run([drawing(1), drawing(0), drawing(7.5)], 10_000);
  t.is(scene.told[0]?.[1], 'L3 7.50 A');
  const other = new Scene([4, 4, 4]).run([drawing(0), drawing(7.5), drawing(1)], 10_000);
  t.is(other.told[0]?.[1], 'L2 7.50 A');
});

test('a load of reactive power only, or of power that is fed, is current as well', t => {
  t.is(new Scene().run([drawing(0.5, 0, -115)], 10_000).told[0]?.[1], 'L1 0.50 A');
  t.is(new Scene().run([drawing(0.5, -115)], 10_000).told[0]?.[1], 'L1 0.50 A');
});

test('what noise reads like is no current: apparent power alone, and powers up to the limit', t => {
  const noise = { ...drawing(0.09, 0), apparentPower: 21 };
  t.deepEqual(new Scene([0]).run([noise], 60_000).told, []);
  t.deepEqual(new Scene([0]).run([drawing(0.02, 4.9, -4.9)], 60_000).told, []);
  t.deepEqual(new Scene([30]).run([drawing(0.1, 29)], 60_000).told, []);
  t.deepEqual(new Scene([]).run([drawing(0.02, 4.9)], 60_000).told, []);
  t.is(new Scene([]).run([drawing(0.1)], 60_000).told.length, 1);
});

test('one window that spans the opening, fetched late, is not taken for current', t => {
  const watch = new ContactWatch([4], 0);
  t.is(watch.take([drawing(5)], 5000), undefined);
  t.is(watch.take([IDLE], 5200), undefined);
  t.is(watch.take([IDLE], 9000), undefined);
});

test('whatever is measured, a text is at most 32 characters', t => {
  const value = fc.double({ min: -1e6, max: 1e6 });
  const phase = fc.tuple(value, value, value).map(([i, p, q]) => drawing(i, p, q));
  fc.assert(
    fc.property(fc.array(fc.array(phase, { minLength: 1, maxLength: 3 })), windows => {
      const watch = new ContactWatch([1, 2, 3], 0);
      return windows.every((phases, k) => {
        const text = watch.take(phases, 2001 * k);
        return text === undefined || /^L[123] -?\d+\.\d\d A$/.test(text);
      });
    }),
  );
  t.pass();
});
