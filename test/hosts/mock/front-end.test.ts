import test from 'ava';
import type { Capture, SensorFault, Window } from '../../../firmware/host';
import { EnergyAccumulator } from '../../../firmware/metrology/energy';
import { measure } from '../../../firmware/metrology/measure';
import { Metrology } from '../../../firmware/metrology/metrology';
import { VirtualClock } from '../../../hosts/mock/clock';
import {
  calibrationOf,
  type FrontEndHardware,
  type Line,
  TYPICAL_HARDWARE,
  type World,
} from '../../../hosts/mock/front-end';
import { FrontEndSensor } from '../../../hosts/mock/front-end-sensor';
import { PhasorFrontEnd } from '../../../hosts/mock/phasor';
import { Prng } from '../../../hosts/mock/prng';
import { WaveformFrontEnd } from '../../../hosts/mock/waveform';

type Load = readonly [watts: number, vars: number];

const steady = (voltage: number, frequency: number, ...loads: Load[]): Line => ({
  voltage,
  frequency,
  phases: loads.map(([activePower, reactivePower]) => ({ activePower, reactivePower })),
  until: Number.POSITIVE_INFINITY,
});

/** Each line for so many µs, over and over. */
function sequence(period: number, ...lines: Line[]): World {
  return time => {
    const turn = Math.floor(time / period);
    return { ...(lines[turn % lines.length] as Line), until: (turn + 1) * period };
  };
}

/** Imported less exported energy in mWh over the windows of some seconds, and how long they really lasted in µs. */
function energyOf(
  FrontEnd: typeof PhasorFrontEnd | typeof WaveformFrontEnd,
  hardware: FrontEndHardware,
  world: World,
  seconds: number,
) {
  const frontEnd = new FrontEnd(hardware, new Prng('energy'), 0);
  const calibrations = calibrationOf(hardware);
  const accumulator = new EnergyAccumulator();
  let energy = 0;
  let time = frontEnd.next(world).duration;
  const start = time;
  while (time < seconds * 1e6) {
    const window = frontEnd.next(world);
    time += window.duration;
    const { imported, exported } = accumulator.accumulate(measure(window, calibrations));
    energy += imported - exported;
  }
  return { energy, start, time };
}

/** mWh that all phases took, less what they gave, between two times. */
function trueEnergy(world: World, from: number, to: number): number {
  let energy = 0;
  for (let time = from; time < to; ) {
    const line = world(time);
    const until = Math.min(to, line.until);
    for (const phase of line.phases) energy += (phase.activePower * (until - time)) / 3.6e6;
    time = until;
  }
  return energy;
}

const LOADS: [string, World][] = [
  ['5 A at PF 0.8 inductive', () => steady(230, 50, [920, 690])],
  ['20 A resistive at 51.3 Hz', () => steady(225, 51.3, [4500, 0])],
  ['3 A at PF 0.5 capacitive', () => steady(240, 49.7, [360, -623])],
  ['export at PF 0.9', () => steady(233, 50.1, [-1500, 726])],
  [
    'a load stepping in mid-window',
    sequence(733_000, steady(230, 50.05, [300, 100]), steady(224, 50.05, [2500, 400])),
  ],
  [
    'import and export by turns',
    sequence(1_270_000, steady(230, 50, [2000, 300]), steady(234, 50.2, [-900, 0])),
  ],
];

for (const [name, world] of LOADS) {
  test(`phasor and waveform agree on energy within 0.05 %, and with the truth: ${name}`, t => {
    const phasor = energyOf(PhasorFrontEnd, TYPICAL_HARDWARE, world, 120);
    const waveform = energyOf(WaveformFrontEnd, TYPICAL_HARDWARE, world, 120);
    // Per true energy, since the two may end a sample apart.
    const perPhasor = phasor.energy / trueEnergy(world, phasor.start, phasor.time);
    const perWaveform = waveform.energy / trueEnergy(world, waveform.start, waveform.time);
    t.true(Math.abs(perPhasor / perWaveform - 1) < 5e-4, `${perPhasor} and ${perWaveform}`);
    t.true(Math.abs(perPhasor - 1) < 5e-4, `phasor: ${perPhasor}`);
    t.true(Math.abs(perWaveform - 1) < 5e-4, `waveform: ${perWaveform}`);
  });
}

test('three phases of different loads are each metered, in both fidelities', t => {
  const hardware = { ...TYPICAL_HARDWARE, phases: 3 };
  const world = () => steady(230, 50.1, [1000, 0], [300, 400], [-600, 100]);
  for (const FrontEnd of [PhasorFrontEnd, WaveformFrontEnd]) {
    const { energy, start, time } = energyOf(FrontEnd, hardware, world, 20);
    const ratio = energy / trueEnergy(world, start, time);
    t.true(Math.abs(ratio - 1) < 1e-3, `${FrontEnd.name}: ${ratio}`);
  }
});

test('turning the power around swaps import and export', t => {
  const forward = energyOf(PhasorFrontEnd, TYPICAL_HARDWARE, () => steady(230, 50, [800, 300]), 30);
  const backward = energyOf(PhasorFrontEnd, TYPICAL_HARDWARE, () => steady(230, 50, [-800, -300]), 30);
  t.true(Math.abs(forward.energy / -backward.energy - 1) < 5e-4);
});

test('noise at no load registers nothing in either direction in ten hours', t => {
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('idle'), 0);
  const accumulator = new EnergyAccumulator();
  const metrology = new Metrology(calibrationOf(TYPICAL_HARDWARE));
  const world = () => steady(264, 50, [0, 0]);
  let registered = 0;
  for (let time = 0; time < 36_000e6; ) {
    const window = frontEnd.next(world);
    time += window.duration;
    const { imported, exported } = accumulator.accumulate(metrology.take(window));
    registered += imported + exported;
  }
  t.is(registered, 0);
});

test('both fidelities scatter alike: each quantity of a small load has the same mean and spread over the windows', t => {
  const world = () => steady(230, 50.03, [20, 15]);
  const calibrations = calibrationOf(TYPICAL_HARDWARE).map(each => ({ ...each, noLoadWatts: 0 }));
  const statistics = (FrontEnd: typeof PhasorFrontEnd | typeof WaveformFrontEnd) => {
    const frontEnd = new FrontEnd(TYPICAL_HARDWARE, new Prng('noise'), 0);
    frontEnd.next(world);
    const windows = Array.from({ length: 500 }, () => measure(frontEnd.next(world), calibrations).phases[0]);
    return (quantity: 'voltage' | 'current' | 'activePower' | 'reactivePower') => {
      const values = windows.map(phase => phase?.[quantity] ?? Number.NaN);
      const mean = values.reduce((sum, value) => sum + value) / values.length;
      const square = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length;
      return { mean, spread: Math.sqrt(square) };
    };
  };
  const phasor = statistics(PhasorFrontEnd);
  const waveform = statistics(WaveformFrontEnd);
  for (const quantity of ['voltage', 'current', 'activePower', 'reactivePower'] as const) {
    const [mine, twin] = [phasor(quantity), waveform(quantity)];
    t.true(Math.abs(mine.mean / twin.mean - 1) < 0.02, `${quantity}: ${mine.mean}, ${twin.mean}`);
    t.true(Math.abs(mine.spread / twin.spread - 1) < 0.25, `${quantity}: ${mine.spread}, ${twin.spread}`);
  }
});

test('both fidelities divide time into the same windows, through an outage and a change of frequency', t => {
  const world = sequence(
    1_705_000,
    steady(230, 50.3, [500, 0]),
    steady(0, 0, [500, 0]),
    steady(2, 50.3, [1, 0]),
    steady(230, 58.7, [500, 0]),
  );
  const windowsOf = (frontEnd: PhasorFrontEnd | WaveformFrontEnd) =>
    Array.from({ length: 110 }, () => frontEnd.next(world));
  const phasor = windowsOf(new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng(1), 0));
  const waveform = windowsOf(new WaveformFrontEnd(TYPICAL_HARDWARE, new Prng(1), 0));
  phasor.forEach((window, k) => {
    const twin = waveform[k] as Window;
    t.is(window.cycles, twin.cycles, `window ${k}`);
    t.true(Math.abs(window.duration - twin.duration) <= 2 * TYPICAL_HARDWARE.samplePeriod, `window ${k}`);
    t.true(
      Math.abs(window.cycleSpan - twin.cycleSpan) <= 100,
      `window ${k}: ${window.cycleSpan}, ${twin.cycleSpan}`,
    );
  });
  t.true(phasor.some(({ cycles }) => cycles === 0) && phasor.some(({ cycles }) => cycles === 12));
});

for (const fidelity of ['phasor', 'waveform'] as const) {
  test(`the ${fidelity} sensor delivers each window at its end by the clock, until it is stopped`, t => {
    const clock = new VirtualClock();
    clock.advance(1000.4);
    const sensor = new FrontEndSensor({
      clock,
      world: () => steady(230, 50, [100, 0]),
      hardware: TYPICAL_HARDWARE,
      prng: new Prng(1),
      fidelity,
    });
    let expected = 1_000_400;
    let count = 0;
    const handlers = {
      onWindow: (window: Window) => {
        expected += window.duration;
        count++;
        t.true(Math.abs(clock.monotonic() * 1000 - expected) < 1);
      },
      onMeasurement: () => t.fail(),
      onFault: () => t.fail(),
      onCapture: () => t.fail(),
    };
    sensor.start(handlers);
    t.throws(() => sensor.start(handlers), { message: /running/ });
    clock.advance(2500);
    t.is(count, 13);
    sensor.stop();
    clock.advance(1000);
    t.is(count, 13);
    t.is(clock.pending, 0);
  });

  test(`the ${fidelity} sensor tells when mains goes and when the ADC clips, once each`, t => {
    const clock = new VirtualClock();
    const faults: SensorFault[] = [];
    const sensor = new FrontEndSensor({
      clock,
      world: time => ({
        ...(time < 2e6
          ? steady(230, 50, [10, 0])
          : time < 4e6
            ? steady(0, 0, [10, 0])
            : steady(230, 50, [12_000, 0])),
        until: Math.floor(time / 1e6 + 1) * 1e6,
      }),
      hardware: TYPICAL_HARDWARE,
      prng: new Prng(1),
      fidelity,
    });
    const onFault = (fault: SensorFault) => faults.push(fault);
    sensor.start({ onWindow: () => {}, onMeasurement: () => {}, onFault, onCapture: () => {} });
    clock.advance(6000);
    sensor.stop();
    t.deepEqual(faults, ['no-mains', 'saturation']);
  });
}

for (const fidelity of ['phasor', 'waveform'] as const) {
  test(`the ${fidelity} sensor captures three phases as they are, once for each time it is asked`, t => {
    const clock = new VirtualClock();
    const hardware = { ...TYPICAL_HARDWARE, phases: 3 };
    const world = () => steady(230, 50, [2300, 0], [1150, 0], [0, 0]);
    const sensor = new FrontEndSensor({ clock, world, hardware, prng: new Prng(1), fidelity });
    const captures: Capture[] = [];
    sensor.start({
      onWindow: () => {},
      onMeasurement: () => t.fail(),
      onFault: () => t.fail(),
      onCapture: capture => captures.push(capture),
    });
    clock.advance(1000);
    sensor.capture(160);
    clock.advance(1000);
    t.is(captures.length, 1);
    const { counts, samplePeriod } = captures[0] as Capture;
    t.is(counts.length, 160 * 6);
    t.is(samplePeriod, hardware.samplePeriod);
    const rms = (channel: number) => {
      const levels = Array.from({ length: 160 }, (_, row) => (counts[6 * row + channel] ?? 0) - 2048);
      return Math.sqrt(levels.reduce((sum, level) => sum + level ** 2, 0) / levels.length);
    };
    for (const channel of [0, 2, 4])
      t.true(Math.abs((rms(channel) * hardware.voltsPerCount) / 230 - 1) < 0.01, `${channel}`);
    t.true(Math.abs((rms(1) * hardware.ampsPerCount) / 10 - 1) < 0.01);
    t.true(Math.abs((rms(3) * hardware.ampsPerCount) / 5 - 1) < 0.01);
    t.true(rms(5) > 0.5 * hardware.noise && rms(5) < 2 * hardware.noise, 'noise, in whole counts');
    sensor.stop();
    sensor.capture(10);
    clock.advance(1000);
    t.is(captures.length, 1);
    t.throws(() => sensor.capture(0), { instanceOf: RangeError, message: /1 to 256, got 0/ });
  });
}

test('a capture changes no window', t => {
  for (const FrontEnd of [PhasorFrontEnd, WaveformFrontEnd]) {
    const make = () => new FrontEnd(TYPICAL_HARDWARE, new Prng(1), 0);
    const [plain, captured] = [make(), make()];
    const world = () => steady(230, 50, [100, 0]);
    for (let k = 0; k < 8; k++) {
      captured.capture(100);
      t.deepEqual(captured.next(world), plain.next(world));
    }
  }
});

test('both fidelities divide time alike where three phases come back after an outage', t => {
  const loads: Load[] = [
    [500, 0],
    [100, 0],
    [0, 0],
  ];
  const world = sequence(1_705_000, steady(230, 50.3, ...loads), steady(0, 0, ...loads));
  const hardware = { ...TYPICAL_HARDWARE, phases: 3 };
  const [phasor, waveform] = [PhasorFrontEnd, WaveformFrontEnd].map(FrontEnd => {
    const frontEnd = new FrontEnd(hardware, new Prng(1), 0);
    return Array.from({ length: 60 }, () => frontEnd.next(world));
  });
  phasor?.forEach((window, k) => {
    const twin = waveform?.[k] as Window;
    t.is(window.cycles, twin.cycles, `window ${k}`);
    t.true(Math.abs(window.duration - twin.duration) <= 2 * hardware.samplePeriod, `window ${k}`);
  });
});

test('a sensor stopped from within its own handler delivers nothing more', t => {
  const clock = new VirtualClock();
  const sensor = new FrontEndSensor({
    clock,
    world: () => steady(230, 50, [100, 0]),
    hardware: TYPICAL_HARDWARE,
    prng: new Prng(1),
    fidelity: 'phasor',
  });
  let count = 0;
  const onWindow = () => {
    count++;
    sensor.stop();
  };
  sensor.start({
    onWindow,
    onMeasurement: () => t.fail(),
    onFault: () => t.fail(),
    onCapture: () => t.fail(),
  });
  clock.advance(5000);
  t.is(count, 1);
  t.is(clock.pending, 0);
});

test('the phasor sensor asks the world about times that never go back', t => {
  let last = 0;
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng(1), 0);
  const lines = sequence(37_000, steady(230, 50, [100, 0]), steady(229, 50.1, [50, 10]));
  for (let k = 0; k < 500; k++)
    frontEnd.next(time => {
      t.true(time > last);
      last = time;
      return lines(time);
    });
});

test('a line of too few phases is misuse', t => {
  const frontEnd = new PhasorFrontEnd({ ...TYPICAL_HARDWARE, phases: 3 }, new Prng(1), 0);
  t.throws(() => frontEnd.next(() => steady(230, 50, [1, 0])), {
    instanceOf: RangeError,
    message: /3 phases, got 1/,
  });
});
