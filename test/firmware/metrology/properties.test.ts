import test from 'ava';
import fc from 'fast-check';
import type { Measurement, Window } from '../../../firmware/host';
import type { PhaseCalibration } from '../../../firmware/metrology/calibration';
import { EnergyAccumulator } from '../../../firmware/metrology/energy';
import { Kernel } from '../../../firmware/metrology/kernel';
import { Metrology } from '../../../firmware/metrology/metrology';
import { Prng } from '../../../hosts/mock/prng';

/** Properties of any waveform that a 12-bit converter can give, mains or not. */

/** µs */
const SAMPLE_PERIOD = 250;
const MID_SCALE = 2048;
const TOP = 4095;

const harmonic = fc.record({
  order: fc.integer({ min: 0, max: 25 }),
  /** Counts: the sum may well clip. */
  amplitude: fc.double({ min: 0, max: 900, noNaN: true }),
  angle: fc.double({ min: 0, max: 2 * Math.PI, noNaN: true }),
});
const channel = fc.array(harmonic, { maxLength: 5 });
const waveform = fc.record({
  seed: fc.nat(),
  hertz: fc.double({ min: 45, max: 65, noNaN: true }),
  /** Of phase 1's voltage; below the hysteresis there is no mains. */
  fundamental: fc.double({ min: 0, max: 2000, noNaN: true }),
  voltage: channel,
  current: channel,
  noise: fc.double({ min: 0, max: 20, noNaN: true }),
  /** ms */
  length: fc.integer({ min: 1, max: 1500 }),
});
type Waveform = typeof waveform extends fc.Arbitrary<infer T> ? T : never;
type Channel = Waveform['voltage'];

const calibration: fc.Arbitrary<PhaseCalibration> = fc.record({
  voltsPerCount: fc.constant(0.22),
  ampsPerCount: fc.double({ min: 0.01, max: 0.1, noNaN: true }),
  phaseDegrees: fc.double({ min: -5, max: 5, noNaN: true }),
  skewMicroseconds: fc.double({ min: -100, max: 100, noNaN: true }),
  noLoadWatts: fc.constantFrom(0, 4),
  noiseAmps: fc.constantFrom(0, 0.2),
  offsetMicrosiemens: fc.double({ min: -100, max: 100, noNaN: true }),
  offsetReactiveMicrosiemens: fc.double({ min: -100, max: 100, noNaN: true }),
  byCurrent: fc.constantFrom(
    [],
    [
      { amps: 1, gain: 1.01, phaseDegrees: 1 },
      { amps: 10, gain: 0.99, phaseDegrees: -0.5 },
    ],
  ),
});

/** Sample sets of one phase, v and i in turn. */
function samplesOf({ seed, hertz, fundamental, voltage, current, noise, length }: Waveform): Uint16Array {
  const prng = new Prng(seed);
  const count = 4 * length;
  const samples = new Uint16Array(2 * count);
  const level = (harmonics: Channel, angle: number) =>
    harmonics.reduce((sum, one) => sum + one.amplitude * Math.sin(one.order * angle + one.angle), 0);
  for (let k = 0; k < count; k++) {
    const angle = 2 * Math.PI * hertz * 1e-6 * SAMPLE_PERIOD * k;
    const v = fundamental * Math.sin(angle) + level(voltage, angle);
    samples[2 * k] = convert(v + noise * prng.gaussian());
    samples[2 * k + 1] = convert(level(current, angle) + noise * prng.gaussian());
  }
  return samples;
}

function convert(level: number): number {
  return Math.max(0, Math.min(TOP, Math.round(MID_SCALE + level)));
}

function windowsOf(samples: Uint16Array): Window[] {
  const windows: Window[] = [];
  const kernel = new Kernel({ phases: 1, startTime: 0 }, window => windows.push(window));
  const count = samples.length / 2;
  kernel.add(samples, count, count * SAMPLE_PERIOD);
  return windows;
}

function measured(samples: Uint16Array, by: PhaseCalibration): Measurement[] {
  const metrology = new Metrology([by]);
  return windowsOf(samples).map(window => metrology.take(window));
}

function energyOf(measurements: readonly Measurement[]): { imported: number; exported: number } {
  const accumulator = new EnergyAccumulator();
  let imported = 0;
  let exported = 0;
  for (const measurement of measurements) {
    const flow = accumulator.accumulate(measurement);
    imported += flow.imported;
    exported += flow.exported;
  }
  return { imported, exported };
}

test('whatever the waveform, nothing is NaN or infinite, and apparent power is not below the active one', t => {
  fc.assert(
    fc.property(waveform, calibration, (wave, by) => {
      for (const { phases, frequency, duration } of measured(samplesOf(wave), by))
        for (const phase of phases) {
          if (!Object.values({ ...phase, frequency, duration }).every(Number.isFinite)) return false;
          if (!(phase.apparentPower >= Math.abs(phase.activePower))) return false;
          if (!(Math.abs(phase.powerFactor) <= 1)) return false;
        }
      return true;
    }),
    { numRuns: 300 },
  );
  t.pass();
});

test('turning the current transformer round swaps import and export, to the mWh', t => {
  fc.assert(
    fc.property(waveform, calibration, (wave, by) => {
      const samples = samplesOf(wave);
      const turned = samples.map((count, k) => (k % 2 === 0 ? count : 2 * MID_SCALE - count));
      // What the voltage leaks into the current's channel turns with it.
      const turnedBy = {
        ...by,
        offsetMicrosiemens: -(by.offsetMicrosiemens ?? 0),
        offsetReactiveMicrosiemens: -(by.offsetReactiveMicrosiemens ?? 0),
      };
      // A count of 4096 does not exist.
      if (turned.some(count => count > TOP)) return true;
      const one = energyOf(measured(samples, by));
      const other = energyOf(measured(turned, turnedBy));
      return Math.abs(one.imported - other.exported) <= 1 && Math.abs(one.exported - other.imported) <= 1;
    }),
    { numRuns: 200 },
  );
  t.pass();
});
