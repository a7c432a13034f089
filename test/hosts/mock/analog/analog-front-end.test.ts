import test from 'ava';
import type { Window } from '../../../../firmware/host';
import type { PhaseCalibration } from '../../../../firmware/metrology/calibration';
import { Kernel } from '../../../../firmware/metrology/kernel';
import { Metrology } from '../../../../firmware/metrology/metrology';
import { AnalogFrontEnd } from '../../../../hosts/mock/analog/analog-front-end';
import {
  type AnalogHardware,
  forVoltage,
  TYPICAL_ESP32_FRONT_END,
  TYPICAL_THREE_PHASE_FRONT_END,
} from '../../../../hosts/mock/analog/hardware';
import { halfWave, inBursts, type Load, NO_LOAD, sinusoidal } from '../../../../hosts/mock/analog/load';
import { type Mains, symmetric } from '../../../../hosts/mock/analog/mains';
import { Prng } from '../../../../hosts/mock/prng';

const TYPICAL = TYPICAL_ESP32_FRONT_END;
const { voltage, current, converter, bias, noise } = TYPICAL;
/** Nothing is wrong with it but what a test puts back. */
const FLAWLESS: AnalogHardware = {
  ...TYPICAL,
  conversionInterval: 0,
  clockError: 0,
  voltage: { ...voltage, corner: 1e-6 },
  current: {
    ...current,
    small: { ratioError: 0, corner: 1e-6 },
    large: { ratioError: 0, corner: 1e-6 },
    crosstalk: { conductance: 0, susceptance: 0 },
  },
  converter: { ...converter, gainError: 0, offset: 0, bend: 0, ripple: 0 },
  bias: { ...bias, drift: 0 },
  noise: { ...noise, counts: 0, transmitting: 0 },
};

const steady = (load: Load, frequency = 50, volts = 230): Mains => ({
  ...symmetric(volts, frequency, [load]),
  drift: 0,
});

function frontEndOf(hardware: AnalogHardware, mains: Mains, seed = 'test'): AnalogFrontEnd {
  return new AnalogFrontEnd(hardware, new Prng(seed), mains);
}

function samplesOf(frontEnd: AnalogFrontEnd, sets: number): Uint16Array {
  const block = new Uint16Array(2 * frontEnd.hardware.phases * sets);
  frontEnd.fill(block, sets);
  return block;
}

const every = (samples: Uint16Array, from: number, stride = 2) =>
  Array.from(samples).filter((_, k) => k % stride === from);

function deviationOf(values: readonly number[]): number {
  const mean = meanOf(values);
  return Math.sqrt(meanOf(values.map(value => (value - mean) ** 2)));
}

function meanOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function windowsOf(hardware: AnalogHardware, mains: Mains, seconds: number): Window[] {
  const windows: Window[] = [];
  const { phases } = hardware;
  const kernel = new Kernel({ phases, startTime: 0 }, window => windows.push(window));
  const frontEnd = frontEndOf(hardware, mains);
  const block = new Uint16Array(2 * phases * 50);
  while (frontEnd.time < seconds * 1e6) kernel.add(block, 50, frontEnd.fill(block, 50));
  return windows;
}

/** The gains of the hardware as it is said to be, and nothing else. */
const NOMINAL: PhaseCalibration = {
  voltsPerCount: voltage.voltsPerMillivolt * converter.millivoltsPerCount,
  ampsPerCount: ((current.turns / current.burden) * converter.millivoltsPerCount) / 1000,
  phaseDegrees: 0,
  skewMicroseconds: 0,
  noLoadWatts: 0,
};

/** Means of what the nominal gains make of the last windows. */
function measured(hardware: AnalogHardware, mains: Mains, seconds = 4, calibration = NOMINAL) {
  const metrology = new Metrology([calibration]);
  const phases = windowsOf(hardware, mains, seconds)
    .slice(10)
    .map(window => metrology.take(window))
    .map(({ phases: [phase], frequency }) => ({ ...phase, frequency }));
  const mean = (key: 'voltage' | 'current' | 'activePower' | 'reactivePower' | 'frequency') =>
    meanOf(phases.map(phase => phase[key] ?? Number.NaN));
  const watts = mean('activePower');
  const lead = (-Math.atan2(mean('reactivePower'), watts) * 180) / Math.PI;
  return { volts: mean('voltage'), amps: mean('current'), watts, lead, frequency: mean('frequency') };
}

test('the same seed gives the same samples to the bit, and another seed others', t => {
  const mains = steady(sinusoidal(10, 30));
  const whole = samplesOf(frontEndOf(TYPICAL, mains), 5000);
  t.deepEqual(samplesOf(frontEndOf(TYPICAL, mains), 5000), whole);
  t.notDeepEqual(samplesOf(frontEndOf(TYPICAL, mains, 'other'), 5000), whole);
});

test('without flaws it shows the voltage, the current and the power that it says are true', t => {
  for (const [load, frequency] of [
    [sinusoidal(10, 60), 50],
    [sinusoidal(40, -30), 45],
    [sinusoidal(10, 0, [{ order: 5, ratio: 0.3, degrees: 20 }]), 60],
  ] as const) {
    const frontEnd = frontEndOf(FLAWLESS, steady(load, frequency));
    const { volts, amps, watts } = measured(FLAWLESS, steady(load, frequency));
    const [phase] = frontEnd.phases;
    t.true(Math.abs(volts / (phase?.voltage ?? 0) - 1) < 5e-4, `${volts}`);
    t.true(Math.abs(amps / (phase?.current ?? 0) - 1) < 5e-4, `${amps}`);
    t.true(Math.abs(watts / frontEnd.power - 1) < 1e-3, `${watts}, not ${frontEnd.power}`);
  }
});

test('its own time is what the converter takes, and the clock error shows in it', t => {
  const frontEnd = frontEndOf({ ...FLAWLESS, clockError: 1000 }, steady(NO_LOAD));
  t.is(frontEnd.fill(new Uint16Array(2000), 1000), 100_100);
  t.true(Math.abs(frontEnd.time - 100_100) < 1e-6);
});

test('the current transformer leads by the angle of its corner, more at low current', t => {
  const { small, large, knee } = current;
  const hardware = { ...FLAWLESS, current: { ...FLAWLESS.current, small, large } };
  const leadAt = (amps: number) =>
    (Math.atan((small.corner + ((large.corner - small.corner) * amps) / (amps + knee)) / 50) * 180) / Math.PI;
  for (const amps of [1, 5, 60]) {
    const { lead } = measured(hardware, steady(sinusoidal(amps)));
    t.true(Math.abs(lead - leadAt(amps)) < 0.1, `${amps} A: ${lead}°, not ${leadAt(amps)}°`);
  }
  t.true(leadAt(1) - leadAt(60) > 0.7);
});

test('the core follows the current: what leads by little leads by more when the current has fallen', t => {
  const { small, large } = current;
  const hardware = { ...FLAWLESS, current: { ...FLAWLESS.current, small, large } };
  const frontEnd = frontEndOf(hardware, steady(sinusoidal(60)));
  const amplitudes = [60, 1].map(amps => {
    frontEnd.follow(steady(sinusoidal(amps)));
    samplesOf(frontEnd, 10_000);
    return deviationOf(every(samplesOf(frontEnd, 20_000), 1)) / amps;
  });
  // Its ratio errs by 1.3 % at 60 A and by −0.7 % at 1 A.
  t.true(Math.abs((amplitudes[1] ?? 0) / (amplitudes[0] ?? 0) - 0.98) < 0.004, `${amplitudes}`);
});

test('the current transformer passes no direct current, and its ratio errs by the current', t => {
  const { small, large } = current;
  const hardware = { ...FLAWLESS, current: { ...FLAWLESS.current, small, large } };
  const samples = samplesOf(frontEndOf(hardware, steady(halfWave(40))), 40_000);
  const settled = every(samples, 1).slice(20_000);
  const rest = (bias.millivolts - converter.zero) / converter.millivoltsPerCount;
  t.true(Math.abs(meanOf(settled) - rest) < 0.5, `${meanOf(settled)}`);
  // What is left of the direct part's 18 A would be 245 counts.
  for (const amps of [1, 60]) {
    const expected =
      small.ratioError + ((large.ratioError - small.ratioError) * amps) / (amps + current.knee);
    const lag = 1 / Math.sqrt(1 + (3 / 50) ** 2);
    const error = 100 * (measured(hardware, steady(sinusoidal(amps))).amps / (amps * lag) - 1);
    t.true(Math.abs(error - expected) < 0.3, `${amps} A: ${error} %, not ${expected} %`);
  }
});

test('the voltage transformer leads by 20 minutes, and the current is converted later by the skew', t => {
  const voltageOnly = { ...FLAWLESS, voltage };
  t.true(Math.abs(measured(voltageOnly, steady(sinusoidal(30))).lead + 1 / 3) < 0.01);
  const skewed = { ...FLAWLESS, conversionInterval: 50 };
  t.true(Math.abs(measured(skewed, steady(sinusoidal(30))).lead - 0.9) < 0.01);
});

test('crosstalk is read where nothing flows', t => {
  const crosstalk = { conductance: 30, susceptance: 40 };
  const hardware = {
    ...FLAWLESS,
    current: { ...FLAWLESS.current, crosstalk },
    noise: { ...noise, counts: 2, transmitting: 2 },
  };
  const { watts, lead } = measured(hardware, steady(NO_LOAD), 60);
  t.true(Math.abs(watts - 30e-6 * 230 ** 2) < 0.2, `${watts} W`);
  t.true(Math.abs(lead + 53.1) < 8, `${lead}°`);
});

test('noise has the deviation that it is said to have, and more of it while the radio transmits', t => {
  const hardware = { ...FLAWLESS, noise: { counts: 4, transmitting: 20, every: 100_000, lasting: 50_000 } };
  const samples = every(samplesOf(frontEndOf(hardware, steady(NO_LOAD)), 100_000), 1);
  const during = samples.filter((_, k) => k % 1000 < 500);
  const between = samples.filter((_, k) => k % 1000 >= 500);
  t.true(Math.abs(deviationOf(during) - 20) < 0.3, `${deviationOf(during)}`);
  t.true(Math.abs(deviationOf(between) - Math.sqrt(16 + 1 / 12)) < 0.1, `${deviationOf(between)}`);
  const both = samplesOf(frontEndOf(hardware, steady(NO_LOAD, 50, 0)), 50_000);
  const [v, i] = [every(both, 0), every(both, 1)];
  const [restV, restI] = [meanOf(v), meanOf(i)];
  const covariance = meanOf(v.map((value, k) => (value - restV) * ((i[k] as number) - restI)));
  t.true(Math.abs(covariance) < 4, `${covariance}`);
});

test('the bias wanders by as much as it is said to, and the frequency likewise', t => {
  const drifting = { ...FLAWLESS, bias: { ...bias, drift: 20, driftTime: 2 } };
  const frontEnd = frontEndOf(drifting, { ...steady(NO_LOAD), drift: 0.05 });
  const rests: number[] = [];
  const frequencies: number[] = [];
  const block = new Uint16Array(2 * 500);
  for (let k = 0; k < 8000; k++) {
    frontEnd.fill(block, 500);
    rests.push(block[1] as number);
    frequencies.push(frontEnd.frequency);
  }
  const counts = 20 / converter.millivoltsPerCount;
  t.true(Math.abs(deviationOf(rests) / counts - 1) < 0.25, `${deviationOf(rests)} counts`);
  t.true(
    deviationOf(frequencies) > 0.02 && deviationOf(frequencies) < 0.09,
    `${deviationOf(frequencies)} Hz`,
  );
  t.true(Math.abs(meanOf(frequencies) - 50) < 0.05);
});

test('the mean over bursts is the truth of a load in bursts', t => {
  const mains = steady(inBursts(sinusoidal(10), 2, 2));
  t.true(Math.abs(frontEndOf(FLAWLESS, mains).power - 1150) < 0.01);
  t.true(Math.abs(measured(FLAWLESS, mains, 42).watts / 1150 - 1) < 0.01);
});

test('a load follows at once when the mains changes', t => {
  const frontEnd = frontEndOf(FLAWLESS, steady(NO_LOAD));
  samplesOf(frontEnd, 1000);
  t.is(frontEnd.power, 0);
  frontEnd.follow(steady(sinusoidal(20)));
  t.true(Math.abs(frontEnd.power - 4600) < 0.1);
  t.true(deviationOf(every(samplesOf(frontEnd, 2000), 1)) > 200);
});

test('nothing clips up to 60 A and 1.15 Un on either mains system, and twice as much does', t => {
  for (const [volts, frequency] of [
    [230, 50],
    [120, 60],
  ] as const) {
    const hardware = forVoltage(TYPICAL, volts);
    const frontEnd = frontEndOf(hardware, symmetric(1.15 * volts, frequency, [sinusoidal(60)]));
    const samples = samplesOf(frontEnd, 20_000);
    t.false(frontEnd.takeClipped());
    t.true(Math.min(...samples) > 80 && Math.max(...samples) < converter.straightTo);
    frontEnd.follow(symmetric(volts, frequency, [sinusoidal(140)]));
    samplesOf(frontEnd, 2000);
    t.true(frontEnd.takeClipped());
    t.false(frontEnd.takeClipped());
  }
});

test('three phases are converted in turn, each with its own load', t => {
  const hardware = TYPICAL_THREE_PHASE_FRONT_END;
  const mains = symmetric(230, 50, [sinusoidal(10), NO_LOAD, sinusoidal(30)]);
  const samples = samplesOf(frontEndOf(hardware, mains), 8000);
  const spread = [0, 1, 2, 3, 4, 5].map(channel => deviationOf(every(samples, channel, 6)));
  t.true(
    [0, 2, 4].every(channel => (spread[channel] ?? 0) > 700),
    `${spread}`,
  );
  t.true((spread[3] ?? 9) < 6 && (spread[5] ?? 0) > 2.5 * (spread[1] ?? 0), `${spread}`);
});

test('too few phases, and a set that takes longer than its period, are misuse', t => {
  t.throws(() => frontEndOf(TYPICAL_THREE_PHASE_FRONT_END, steady(NO_LOAD)), {
    instanceOf: RangeError,
    message: /phases: expected 3, got 1/,
  });
  t.throws(() => frontEndOf({ ...TYPICAL, conversionInterval: 60 }, steady(NO_LOAD)), {
    instanceOf: RangeError,
    message: /samplePeriod: expected 120 to 960 µs, got 100/,
  });
});
