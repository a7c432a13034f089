import test from 'ava';
import type { Capture, Measurement, Window } from '../../../firmware/host';
import { AdcSensor } from '../../../hosts/esp32/adc-sensor';
import { VirtualClock } from '../../../hosts/mock/clock';
import type { SampledWindow } from '../../../hosts/native/sampler/native-window';

/** The native sampler, and the hardware under it. */
class FakeSampler {
  starts = 0;
  isRunning = false;
  /** The hardware refuses. */
  isRefused = false;
  readonly waiting: SampledWindow[] = [];
  /** Sample sets asked for */
  readonly asked: number[] = [];
  answer: Capture | undefined;

  start(): boolean {
    this.starts++;
    if (this.isRunning || this.isRefused) return false;
    this.isRunning = true;
    return true;
  }

  take(): SampledWindow | undefined {
    return this.waiting.shift();
  }

  capture(sets: number): void {
    this.asked.push(sets);
  }

  takeCapture(): Capture | undefined {
    const { answer } = this;
    this.answer = undefined;
    return answer;
  }

  stop(): void {
    this.isRunning = false;
  }
}

function sampled(change: Partial<Window> = {}, losses = 0, clipped = 0): SampledWindow {
  const lively = { samples: 800, cycles: 10, duration: 200_000, cycleSpan: 200_000 };
  const window = { phases: [], ...lively, gap: 0, ...change };
  return { window, losses, clipped, joined: 1 };
}

/** With so many of its conversions clipped. */
const clipping = (clipped: number) => sampled({}, 0, clipped);

function fresh() {
  const clock = new VirtualClock();
  const sampler = new FakeSampler();
  const crypto = { random: (length: number) => new Uint8Array(length).fill(255) };
  const sensor = new AdcSensor({ sampler, phases: 1, clock, crypto });
  const told: (Window | Capture | string)[] = [];
  const handlers = {
    onWindow: (window: Window) => told.push(window),
    onMeasurement: (_measurement: Measurement) => told.push('measurement'),
    onFault: (fault: string) => told.push(fault),
    onCapture: (capture: Capture) => told.push(capture),
  };
  return { clock, sampler, sensor, told, handlers };
}

test('windows are delivered in order within 50 ms, those that waited together', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  clock.advance(10);
  const windows = [1, 2, 3].map(samples => sampled({ samples }));
  sampler.waiting.push(...windows);
  clock.advance(50);
  t.deepEqual(
    told,
    windows.map(({ window }) => window),
  );
});

test('clipping is told when it begins, once in a run of windows, before the window it is in', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  sampler.waiting.push(...[0, 40, 4, 400, 0, 4].map(clipping));
  clock.advance(100);
  t.deepEqual(
    told.map(what => (typeof what === 'string' ? what : 'window')),
    ['window', 'saturation', 'window', 'window', 'window', 'window', 'saturation', 'window'],
  );
});

test('up to three clipped conversions in a window are spikes and no saturation, and end a run of it', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  sampler.waiting.push(...[1, 3, 2, 3].map(clipping));
  clock.advance(100);
  t.false(told.includes('saturation'));
  sampler.waiting.push(...[4, 3, 4].map(clipping));
  clock.advance(100);
  t.is(told.filter(what => what === 'saturation').length, 2);
});

test('what lasts when the sensor is started again is told to the new listener', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  const dead = { cycles: 0, cycleSpan: 0, duration: 250_000 };
  for (let k = 0; k < 2; k++) {
    told.length = 0;
    sensor.start(handlers);
    sampler.waiting.push(sampled(dead, 0, 1600), sampled(dead, 0, 1600));
    clock.advance(100);
    t.deepEqual(
      told.filter(what => typeof what === 'string'),
      ['saturation', 'no-mains'],
    );
    sensor.stop();
  }
});

test('lost samples are a gap, each time, whether the sampler saw them go or the clock did', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  sampler.waiting.push(...[sampled({}, 2), sampled(), sampled({}, 1), sampled({ cycles: 0, gap: 9000 })]);
  clock.advance(100);
  t.deepEqual(
    told.map(what => (typeof what === 'string' ? what : 'window')),
    ['gap', 'window', 'window', 'gap', 'window', 'gap', 'window'],
  );
});

test('no mains is told when it begins, and not for one window in which mains went, came or was not looked at', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  const dead = sampled({ cycles: 0, cycleSpan: 0, duration: 250_000 });
  const lost = sampled({ cycles: 0, cycleSpan: 0, duration: 900_000, gap: 800_000 });
  sampler.waiting.push(dead, sampled(), dead, lost, sampled());
  clock.advance(100);
  t.false(told.includes('no-mains'));
  told.length = 0;
  sampler.waiting.push(dead, dead, dead, sampled(), dead, dead);
  clock.advance(100);
  t.deepEqual(
    told.map(what => (typeof what === 'string' ? what : 'window')),
    ['window', 'no-mains', 'window', 'window', 'window', 'window', 'no-mains', 'window'],
  );
});

test('a capture is asked of the sampler while the sensor runs, and delivered within 50 ms', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.capture(80);
  sensor.start(handlers);
  clock.advance(10);
  sensor.capture(160);
  t.deepEqual(sampler.asked, [160]);
  sampler.answer = { counts: new Uint16Array(320), samplePeriod: 250 };
  const { answer } = sampler;
  clock.advance(50);
  t.deepEqual(told, [answer]);
  t.throws(() => sensor.capture(257), { instanceOf: RangeError, message: /1 to 256, got 257/ });
  sensor.stop();
  sensor.capture(80);
  t.deepEqual(sampler.asked, [160]);
});

test('the short first window, which saw no whole cycle, is no lack of mains', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  sampler.waiting.push(sampled({ cycles: 0, duration: 12_000 }));
  clock.advance(100);
  t.is(told.length, 1);
});

test('a sampler that hangs is told after two seconds, and started anew until it delivers', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start(handlers);
  clock.advance(100);
  sampler.waiting.push(sampled());
  clock.advance(1900);
  t.is(told.length, 1);
  clock.advance(300);
  t.deepEqual(told.slice(1), ['silent']);
  t.false(sampler.isRunning);
  clock.advance(60_000);
  t.true(sampler.starts > 3);
  const { starts } = sampler;
  clock.advance(600_000);
  t.true(sampler.starts > starts, 'it does not give up');
  while (!sampler.isRunning) clock.advance(1000);
  told.length = 0;
  sampler.waiting.push(sampled());
  clock.advance(50);
  t.is(told.length, 1);
  t.not(told[0], 'silent');
});

test('after a window the waits for a sampler that hangs begin anew', t => {
  const { clock, sampler, sensor, handlers } = fresh();
  sensor.start(handlers);
  clock.advance(600_000);
  while (!sampler.isRunning) clock.advance(100);
  sampler.waiting.push(sampled());
  clock.advance(2100);
  t.false(sampler.isRunning);
  clock.advance(2000);
  t.true(sampler.isRunning);
});

test('a hardware that refuses is silent at once, and tried again', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sampler.isRefused = true;
  sensor.start(handlers);
  t.deepEqual(told, [], 'not from within the call');
  clock.advance(0);
  t.deepEqual(told, ['silent']);
  sampler.isRefused = false;
  clock.advance(2000);
  t.true(sampler.isRunning);
});

test('a stopped sensor tells nothing, and leaves nothing behind', t => {
  const { clock, sampler, sensor, told, handlers } = fresh();
  sensor.start({
    ...handlers,
    onWindow(window) {
      told.push(window);
      sensor.stop();
    },
  });
  clock.advance(0);
  sampler.waiting.push(sampled(), sampled());
  clock.advance(10_000);
  t.is(told.length, 1);
  t.false(sampler.isRunning);
  t.is(clock.pending, 0);
});

test('starting twice is misuse, and starting again after a stop is not', t => {
  const { clock, sampler, sensor, handlers } = fresh();
  sensor.start(handlers);
  t.throws(() => sensor.start(handlers), { message: 'start: expected a stopped sensor, got a running one' });
  clock.advance(0);
  sensor.stop();
  sensor.start(handlers);
  clock.advance(0);
  t.true(sampler.isRunning);
});
