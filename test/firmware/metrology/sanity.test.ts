import test from 'ava';
import fc from 'fast-check';
import type { PhaseSums, SensorFault, Window } from '../../../firmware/host';
import { SensorSanity } from '../../../firmware/metrology/sanity';
import { type FrontEndHardware, type Line, TYPICAL_HARDWARE } from '../../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../../hosts/mock/phasor';
import { Prng } from '../../../hosts/mock/prng';
import { WaveformFrontEnd } from '../../../hosts/mock/waveform';

const DAY = 86_400e6;
const NEIGHBOURS = { vEarlier: 0, iEarlier: 0, vi: 0, vEarlierI: 0, vIEarlier: 0 };

/** The sums of these counts of voltage and current. */
function sumsOf(v: readonly number[], i: readonly number[]): PhaseSums {
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  const squares = (counts: readonly number[]) => sum(counts.map(count => count * count));
  return { ...NEIGHBOURS, v: sum(v), i: sum(i), vv: squares(v), ii: squares(i) };
}

function windowOf(phases: readonly PhaseSums[], samples: number): Window {
  return { phases, samples, cycles: 10, duration: 200_000, cycleSpan: 200_000, gap: 0 };
}

const SAMPLES = 800;
const wave = (bias: number) =>
  Array.from({ length: SAMPLES }, (_, k) => bias + Math.round(900 * Math.sin(k / 12.7)));
const GOOD = sumsOf(wave(2048), wave(2048));
const good = windowOf([GOOD], SAMPLES);
const stuck = windowOf([{ ...GOOD, ...sumsOf(wave(2048), Array(SAMPLES).fill(2048)) }], SAMPLES);
const biased = windowOf([sumsOf(wave(3100), wave(2048))], SAMPLES);
const grounded = windowOf([sumsOf(Array(SAMPLES).fill(0), wave(2048))], SAMPLES);

/** What is told of so many windows, window by window. */
function told(sanity: SensorSanity, window: Window, count: number): (SensorFault | undefined)[] {
  return Array.from({ length: count }, () => sanity.take(window));
}

const NOTHING = [undefined, undefined, undefined, undefined];
for (const [fault, window] of [
  ['stuck', stuck],
  ['bias', biased],
] as const)
  test(`${fault} is told with the fifth window in a row that is looked at, once, and again only after five good ones`, t => {
    const sanity = new SensorSanity();
    t.deepEqual(told(sanity, window, 7), [...NOTHING, fault, undefined, undefined]);
    t.deepEqual(told(sanity, good, 4), NOTHING);
    t.deepEqual(told(sanity, window, 6), [...NOTHING, undefined, undefined]);
    t.deepEqual([sanity.isStuck, sanity.isBiased], [fault === 'stuck', fault === 'bias']);
    told(sanity, good, 5);
    t.deepEqual([sanity.isStuck, sanity.isBiased], [false, false]);
    // One in four is looked at while all is well.
    t.deepEqual(told(sanity, window, 8), [undefined, undefined, undefined, ...NOTHING, fault]);
  });

test('a voltage that stands still is what blinds the meter; a current that does may be none', t => {
  const blind = windowOf([{ ...GOOD, ...sumsOf(Array(SAMPLES).fill(2048), wave(2048)) }], SAMPLES);
  for (const [window, isBlind] of [
    [blind, true],
    [stuck, false],
    [good, false],
  ] as const) {
    const sanity = new SensorSanity();
    told(sanity, window, 8);
    t.is(sanity.isBlind, isBlind);
    t.is(sanity.isStuck, window !== good);
    told(sanity, good, 5);
    t.false(sanity.isBlind);
  }
});

test('a fault is told within eight windows, whenever it begins', t => {
  for (let before = 0; before < 12; before++) {
    const sanity = new SensorSanity();
    told(sanity, good, before);
    const faults = told(sanity, stuck, 8).filter(fault => fault !== undefined);
    t.deepEqual(faults, ['stuck'], `${before} good windows before`);
  }
});

test('a fault of four windows at a time is none', t => {
  const sanity = new SensorSanity();
  for (let k = 0; k < 100; k++) {
    t.deepEqual(told(sanity, stuck, 4), NOTHING);
    t.is(sanity.take(good), undefined);
  }
});

test('a channel that lies at ground is both stuck and biased: one is told a window after the other', t => {
  t.deepEqual(told(new SensorSanity(), grounded, 7), [...NOTHING, 'stuck', 'bias', undefined]);
});

test('each channel may rest from 1024 to 3072', t => {
  const rested = (v: number, i: number) => {
    const sanity = new SensorSanity();
    const sums = { v: v * SAMPLES, i: i * SAMPLES };
    for (let k = 0; k < 5; k++) sanity.take(windowOf([{ ...GOOD, ...sums }], SAMPLES));
    return sanity.isBiased;
  };
  for (const within of [1024, 3072])
    t.deepEqual([rested(within, 2048), rested(2048, within)], [false, false]);
  for (const beyond of [1023, 3073]) t.deepEqual([rested(beyond, 2048), rested(2048, beyond)], [true, true]);
});

test('a fault of the last of three phases is found', t => {
  const sanity = new SensorSanity();
  const window = windowOf([GOOD, GOOD, sumsOf(wave(2048), wave(900))], SAMPLES);
  t.is(told(sanity, window, 5)[4], 'bias');
});

test('another converter has another middle', t => {
  const sanity = new SensorSanity({ least: 16_384, greatest: 49_152 });
  const counts = wave(32_768);
  told(sanity, windowOf([sumsOf(counts, counts)], SAMPLES), 5);
  t.false(sanity.isBiased);
  told(sanity, good, 8);
  t.true(sanity.isBiased);
});

test('windows of few samples are passed over', t => {
  const sanity = new SensorSanity();
  const short = windowOf([sumsOf(Array(99).fill(0), Array(99).fill(0))], 99);
  for (let k = 0; k < 20; k++) t.is(sanity.take(short), undefined);
});

test('one count beside a constant is noise, however many samples there are; a constant is stuck', t => {
  const constant = fc.record({
    count: fc.nat({ max: 65_535 }),
    samples: fc.integer({ min: 100, max: 520_000 }),
  });
  fc.assert(
    fc.property(constant, fc.boolean(), ({ count, samples }, isStuck) => {
      const beside = isStuck ? 0 : 1;
      const sums = { v: samples * count + beside, vv: samples * count * count + (2 * count + 1) * beside };
      const sanity = new SensorSanity();
      told(sanity, windowOf([{ ...GOOD, ...sums, i: 1, ii: samples }], samples), 5);
      return sanity.isStuck === isStuck;
    }),
    { numRuns: 2000 },
  );
  t.pass();
});

test('whatever the sums, nothing but a fault or nothing is told', t => {
  const sum = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
  const sums = fc.record({ v: sum, i: sum, vv: sum, ii: sum });
  const windows = fc.array(fc.record({ sums, samples: fc.nat({ max: 1e6 }) }), { maxLength: 20 });
  fc.assert(
    fc.property(windows, list => {
      const sanity = new SensorSanity();
      return list.every(entry => {
        const fault = sanity.take(windowOf([{ ...GOOD, ...entry.sums }], entry.samples));
        return fault === undefined || fault === 'bias' || fault === 'stuck';
      });
    }),
  );
  t.pass();
});

const NOISY: FrontEndHardware = { ...TYPICAL_HARDWARE, phases: 3, noise: 2, currentBias: 1900 };

test('a day of a house with outages is sane', t => {
  const frontEnd = new PhasorFrontEnd(NOISY, new Prng('sane day'), 0);
  const sanity = new SensorSanity();
  let time = 0;
  const world = (now: number): Line => {
    const hour = Math.floor(now / 3600e6);
    const phase = { activePower: hour % 3 === 0 ? 0 : 300 * hour, reactivePower: 20 * hour };
    const voltage = hour % 7 === 6 ? 0 : 230;
    return { voltage, frequency: 50, phases: [phase, phase, phase], until: (hour + 1) * 3600e6 };
  };
  while (time < DAY) {
    const window = frontEnd.next(world);
    time += window.duration;
    const fault = sanity.take(window);
    if (fault !== undefined) return t.fail(`${fault} at ${time} µs`);
  }
  t.true(time >= DAY);
});

test('the samples of a front end without mains or load are not stuck while it has any noise', t => {
  const hardware = { ...TYPICAL_HARDWARE, noise: 0.5 };
  const frontEnd = new WaveformFrontEnd(hardware, new Prng('quiet'), 0);
  const idle: Line = {
    voltage: 0,
    frequency: 0,
    phases: [{ activePower: 0, reactivePower: 0 }],
    until: 1e12,
  };
  const sanity = new SensorSanity();
  for (let k = 0; k < 50; k++) t.is(sanity.take(frontEnd.next(() => idle)), undefined);
});
