import test from 'ava';
import fc from 'fast-check';
import type { Capture } from '../../../firmware/host';
import type { PhaseCalibration } from '../../../firmware/metrology/calibration';
import { spectrumOf } from '../../../firmware/metrology/spectrum';
import { Prng } from '../../../hosts/mock/prng';

const { PI, SQRT2 } = Math;
const NOISE = 4;
const SAMPLE_PERIOD = 250;
const VOLTS_PER_COUNT = 0.22;
const AMPS_PER_COUNT = 0.03;

const CALIBRATION: PhaseCalibration = {
  voltsPerCount: VOLTS_PER_COUNT,
  ampsPerCount: AMPS_PER_COUNT,
  phaseDegrees: 0,
  skewMicroseconds: 0,
  noLoadWatts: 0,
  noiseAmps: NOISE * AMPS_PER_COUNT,
};

/** Of a fundamental of RMS 1. */
interface Harmonic {
  readonly order: number;
  readonly size: number;
  readonly angle: number;
}

/** A channel, in counts about its bias, at an angle of the fundamental */
type Channel = (angle: number) => number;

function oscillation(counts: number, turn: number, harmonics: readonly Harmonic[] = []): Channel {
  return angle => {
    let sum = Math.cos(angle + turn);
    for (const { order, size, angle: offset } of harmonics)
      sum += size * Math.cos(order * (angle + turn) + offset);
    return SQRT2 * counts * sum;
  };
}

/** What the converter gives; each channel is converted `skew` µs after the one before it. */
function captured(
  channels: readonly Channel[],
  options: {
    sets?: number;
    frequency?: number;
    start?: number;
    noise?: Prng;
    bias?: number;
    skew?: number;
  } = {},
): Capture {
  const { sets = 256, frequency = 50, start = 1, noise, bias = 2048, skew = 0 } = options;
  const counts = new Uint16Array(sets * channels.length);
  for (let k = 0; k < counts.length; k++) {
    const channel = k % channels.length;
    const time = Math.floor(k / channels.length) * SAMPLE_PERIOD + channel * skew;
    const value = channels[channel]?.(start + 2e-6 * PI * frequency * time) ?? 0;
    counts[k] = Math.round(bias + value + (noise ? NOISE * noise.gaussian() : 0));
  }
  return { counts, samplePeriod: SAMPLE_PERIOD };
}

const harmonics = fc
  .tuple(
    fc.array(
      fc.record({
        order: fc.integer({ min: 2, max: 25 }),
        size: fc.double({ min: 0.1, max: 1, noNaN: true }),
        angle: fc.double({ min: 0, max: 2 * PI, noNaN: true }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
    fc.double({ min: 0.03, max: 0.6, noNaN: true }),
  )
  .map(([list, distortion]) => {
    // Two of one order would add up by their angles.
    const distinct = list.filter(({ order }, k) => list.findIndex(other => other.order === order) === k);
    const total = Math.hypot(...distinct.map(({ size }) => size));
    return { distortion, list: distinct.map(h => ({ ...h, size: (h.size * distortion) / total })) };
  });

const signals = fc.record({
  harmonics,
  // Peaks of the worst sum still fit a converter of 12 bits.
  counts: fc.double({ min: 400, max: 550, noNaN: true }),
  frequency: fc.double({ min: 45, max: 65, noNaN: true }),
  start: fc.double({ min: 0, max: 2 * PI, noNaN: true }),
  seed: fc.integer(),
});

test('a distortion of 3 to 60 % comes out within half a percentage point, with 4 counts of noise', t => {
  fc.assert(
    fc.property(signals, fc.constantFrom(160, 200, 256), (signal, sets) => {
      const { counts, frequency, start, seed } = signal;
      const channel = oscillation(counts, 0, signal.harmonics.list);
      const capture = captured([channel, channel], { sets, frequency, start, noise: new Prng(seed) });
      const [phase] = spectrumOf(capture, frequency, [CALIBRATION]) ?? [];
      for (const found of [phase?.voltageDistortion, phase?.currentDistortion])
        if (!(Math.abs((found ?? Number.NaN) - signal.harmonics.distortion) < 5e-3))
          throw new Error(`${found} for ${signal.harmonics.distortion}`);
    }),
    { numRuns: 500 },
  );
  t.pass();
});

test('a pure sine has no distortion but its noise, and of the current not even that', t => {
  const noise = new Prng('pure');
  const sine = oscillation(500, 0);
  for (let k = 0; k < 50; k++) {
    const [phase] = spectrumOf(captured([sine, sine], { start: k, noise }), 50, [CALIBRATION]) ?? [];
    const { voltageDistortion = 1, currentDistortion = 1 } = phase ?? {};
    t.true(Math.abs(voltageDistortion - NOISE / 500) < 0.002, `${voltageDistortion}`);
    t.true(currentDistortion < 0.005, `${currentDistortion}`);
  }
});

test('phasors are those of the fundamental, in volts and amperes, whatever the bias and the harmonics', t => {
  fc.assert(
    fc.property(signals, fc.double({ min: -PI, max: PI, noNaN: true }), (signal, lag) => {
      const { counts, frequency, start } = signal;
      const voltage = oscillation(counts, 0, signal.harmonics.list);
      const current = oscillation(counts / 2, -lag, signal.harmonics.list);
      const capture = captured([voltage, current], { frequency, start, bias: 32_768 });
      const [phase] = spectrumOf(capture, frequency, [CALIBRATION]) ?? [];
      const v = phase?.voltage ?? { real: 0, imaginary: 0 };
      const i = phase?.current ?? { real: 0, imaginary: 0 };
      const volts = counts * VOLTS_PER_COUNT;
      const amps = (counts / 2) * AMPS_PER_COUNT;
      // v · i*, the complex power of the fundamental
      const watts = v.real * i.real + v.imaginary * i.imaginary;
      const vars = v.imaginary * i.real - v.real * i.imaginary;
      const isRight =
        Math.abs(Math.hypot(v.real, v.imaginary) / volts - 1) < 2e-3 &&
        Math.abs(Math.hypot(i.real, i.imaginary) / amps - 1) < 2e-3 &&
        Math.abs(watts - volts * amps * Math.cos(lag)) < 4e-3 * volts * amps &&
        Math.abs(vars - volts * amps * Math.sin(lag)) < 4e-3 * volts * amps;
      if (!isRight) throw new Error(`${volts} V ${amps} A: ${JSON.stringify(phase)}`);
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('the current is turned by phase error and skew, and by its sign when it is known to be reversed', t => {
  const capture = captured([oscillation(500, 0), oscillation(100, (3 * PI) / 180)], { skew: 40 });
  const calibration = { ...CALIBRATION, phaseDegrees: 3, skewMicroseconds: 40 };
  for (const reversed of [false, true]) {
    const [phase] = spectrumOf(capture, 50, [{ ...calibration, reversed }]) ?? [];
    if (phase === undefined) return t.fail();
    const ratio = reversed ? -3 / 110 : 3 / 110;
    t.true(Math.abs(phase.current.real - ratio * phase.voltage.real) < 0.01);
    t.true(Math.abs(phase.current.imaginary - ratio * phase.voltage.imaginary) < 0.01);
  }
});

test('phases keep their channels apart', t => {
  const channels = [1, 2, 3].flatMap(p => [
    oscillation(200 * p, (-2 * PI * (p - 1)) / 3, [{ order: 3, size: 0.1 * p, angle: 0 }]),
    oscillation(150 * p, 0, [{ order: 5, size: 0.15 * p, angle: 1 }]),
  ]);
  const spectra = spectrumOf(captured(channels), 50, [CALIBRATION, CALIBRATION, CALIBRATION]) ?? [];
  t.is(spectra.length, 3);
  spectra.forEach(({ voltage, voltageDistortion = 0, currentDistortion = 0 }, k) => {
    const p = k + 1;
    t.true(Math.abs(Math.hypot(voltage.real, voltage.imaginary) - 44 * p) < 0.1);
    t.true(Math.abs(voltageDistortion - 0.1 * p) < 2e-3, `${voltageDistortion}`);
    t.true(Math.abs(currentDistortion - 0.15 * p) < 3e-3, `${currentDistortion}`);
  });
});

test('a fundamental in the noise has no distortion to tell', t => {
  const capture = captured([oscillation(90, 0), oscillation(38, 0)], { noise: new Prng('small') });
  const [phase] = spectrumOf(capture, 50, [CALIBRATION]) ?? [];
  t.deepEqual([phase?.voltageDistortion, phase?.currentDistortion], [undefined, undefined]);
});

test('without mains, a cycle of it, or enough sample sets to a cycle there is nothing to tell', t => {
  const sine = oscillation(500, 0);
  const capture = captured([sine, sine]);
  for (const frequency of [0, -50, Number.NaN, Number.POSITIVE_INFINITY, 3, 300])
    t.is(spectrumOf(capture, frequency, [CALIBRATION]), undefined, `${frequency} Hz`);
  t.is(spectrumOf(captured([sine, sine], { sets: 80 }), 50, [CALIBRATION]), undefined);
  t.not(spectrumOf(captured([sine, sine], { sets: 81 }), 50, [CALIBRATION]), undefined);
  t.is(spectrumOf({ ...capture, samplePeriod: 0 }, 50, [CALIBRATION]), undefined);
  t.is(spectrumOf({ ...capture, counts: new Uint16Array(0) }, 50, [CALIBRATION]), undefined);
});

test('whatever the counts, every figure is finite and no distortion below 0', t => {
  const counts = fc.uint16Array({ minLength: 0, maxLength: 512 });
  const period = fc.oneof(fc.constant(250), fc.double({ min: 0, max: 1e4, noNaN: true }));
  fc.assert(
    fc.property(counts, period, fc.double({ min: 0, max: 100 }), (capture, samplePeriod, frequency) => {
      const spectra = spectrumOf({ counts: capture, samplePeriod }, frequency, [CALIBRATION]) ?? [];
      return spectra.every(
        ({ voltage, current, voltageDistortion = 0, currentDistortion = 0 }) =>
          Object.values({ ...voltage, a: current.real, b: current.imaginary }).every(Number.isFinite) &&
          voltageDistortion >= 0 &&
          currentDistortion >= 0 &&
          Number.isFinite(voltageDistortion + currentDistortion),
      );
    }),
    { numRuns: 2000 },
  );
  t.pass();
});
