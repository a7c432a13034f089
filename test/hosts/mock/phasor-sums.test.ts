import test from 'ava';
import type { PhaseSums } from '../../../firmware/host';
import { type FrontEndHardware, type Line, TYPICAL_HARDWARE } from '../../../hosts/mock/front-end';
import { type PhaseWaves, Waves } from '../../../hosts/mock/front-end-waves';
import { NoiseSums, PhasorSummer, Stretch } from '../../../hosts/mock/phasor-sums';
import { Prng } from '../../../hosts/mock/prng';

type Load = readonly [watts: number, vars: number];

const steady = (voltage: number, frequency: number, ...loads: Load[]): Line => ({
  voltage,
  frequency,
  phases: loads.map(([activePower, reactivePower]) => ({ activePower, reactivePower })),
  until: Number.POSITIVE_INFINITY,
});

/** Sums as they were if the bias were 0, so that the rounding of a linear sum is not multiplied by it. */
function aboutBiases(
  sums: PhaseSums,
  n: number,
  { voltageBias: a, currentBias: b }: FrontEndHardware,
): PhaseSums {
  const cross = (v: number, i: number) => n * a * b - a * i - b * v;
  return {
    v: sums.v - n * a,
    i: sums.i - n * b,
    vEarlier: sums.vEarlier - n * a,
    iEarlier: sums.iEarlier - n * b,
    vv: sums.vv - 2 * a * sums.v + n * a * a,
    ii: sums.ii - 2 * b * sums.i + n * b * b,
    vi: sums.vi + cross(sums.v, sums.i),
    vEarlierI: sums.vEarlierI + cross(sums.vEarlier, sums.i),
    vIEarlier: sums.vIEarlier + cross(sums.v, sums.iEarlier),
  };
}

test('the closed form is what adding the samples of each stretch gives, neighbours across a step included', t => {
  const hardware = { ...TYPICAL_HARDWARE, phases: 3, voltageBias: 2040.3, currentBias: 1999.7 };
  const waves = new Waves(hardware);
  const stretch = new Stretch();
  const summers = waves.phases.map(() => new PhasorSummer(hardware.voltageBias, hardware.currentBias));
  const samples: [number, number][][] = waves.phases.map(() => []);
  let angle = 0.3;
  for (const [rows, line] of [
    [311, steady(230, 50, [900, 300], [10, 0], [-500, 90])],
    [1, steady(228, 47, [2000, 300], [0, 0], [500, 900])],
    [488, steady(231, 63, [100, -300], [4000, 200], [1, 2])],
  ] as const) {
    waves.follow(line);
    const step = 2 * Math.PI * waves.step;
    stretch.set(rows, angle, step);
    waves.phases.forEach((wave: PhaseWaves, p) => {
      summers[p]?.add(wave, stretch);
      for (let k = 0; k < rows; k++) {
        const x = angle + k * step;
        samples[p]?.push([
          hardware.voltageBias + wave.vSine * Math.sin(x) - wave.vCosine * Math.cos(x),
          hardware.currentBias + wave.iSine * Math.sin(x) - wave.iCosine * Math.cos(x),
        ]);
      }
    });
    angle += rows * step;
  }
  summers.forEach((summer, p) => {
    const sets = samples[p] ?? [];
    const sum = (term: (v: number, i: number, earlierV: number, earlierI: number) => number) =>
      sets.reduce(
        (total, [v, i], k) => total + term(v, i, ...(sets[Math.max(0, k - 1)] as [number, number])),
        0,
      );
    const direct = {
      v: sum(v => v),
      i: sum((_, i) => i),
      vEarlier: sum((_, __, earlierV) => earlierV),
      iEarlier: sum((_, __, ___, earlierI) => earlierI),
      vv: sum(v => v * v),
      ii: sum((_, i) => i * i),
      vi: sum((v, i) => v * i),
      vEarlierI: sum((_, i, earlierV) => earlierV * i),
      vIEarlier: sum((v, _, __, earlierI) => v * earlierI),
    };
    const closed = aboutBiases(summer.take(), sets.length, hardware);
    const expected = aboutBiases(direct, sets.length, hardware);
    for (const key of Object.keys(direct) as (keyof typeof direct)[])
      t.true(
        Math.abs(closed[key] - expected[key]) < 2,
        `phase ${p}, ${key}: ${closed[key]}, not ${expected[key]}`,
      );
  });
});

test('noise on one channel moves the sums by just what it would move them as samples', t => {
  const rows = 400;
  const waves = new Waves(TYPICAL_HARDWARE);
  waves.follow(steady(230, 50, [700, 500]));
  const [wave] = waves.phases;
  if (wave === undefined) return t.fail();
  const step = 2 * Math.PI * waves.step;
  const stretch = new Stretch();
  stretch.set(rows, 0.4, step);
  const prng = new Prng('samples');
  // The noise of samples beside the edges is left out of the closed form, so there is none here.
  const noise = Array.from({ length: rows }, (_, k) => (k === rows - 1 ? 0 : 3 * prng.gaussian()));
  const total = (term: (e: number, k: number) => number) => noise.reduce((sum, e, k) => sum + term(e, k), 0);
  const on = new NoiseSums();
  on.plain = total(e => e);
  on.sine = total((e, k) => e * Math.sin(0.4 + k * step));
  on.cosine = total((e, k) => e * Math.cos(0.4 + k * step));
  const v = (k: number) => wave.vSine * Math.sin(0.4 + k * step) - wave.vCosine * Math.cos(0.4 + k * step);
  const i = (k: number) => wave.iSine * Math.sin(0.4 + k * step) - wave.iCosine * Math.cos(0.4 + k * step);
  const sums = (variance: number, onV: NoiseSums, onI: NoiseSums) => {
    const summer = new PhasorSummer(TYPICAL_HARDWARE.voltageBias, TYPICAL_HARDWARE.currentBias);
    summer.add(wave, stretch);
    summer.disturb(wave, stretch, variance, onV, onI);
    return aboutBiases(summer.take(), rows, TYPICAL_HARDWARE);
  };
  const silence = new NoiseSums();
  const squares = total(e => e * e);
  const undisturbed = sums(0, silence, silence);
  const expectSums = (name: string, disturbed: PhaseSums, noise: Partial<PhaseSums>) => {
    for (const key of Object.keys(noise) as (keyof PhaseSums)[]) {
      const difference = disturbed[key] - undisturbed[key];
      const direct = noise[key] ?? 0;
      t.true(Math.abs(difference - direct) < 2, `${key} by noise on ${name}: ${difference}, not ${direct}`);
    }
  };
  expectSums('v', sums(squares / rows, on, silence), {
    v: on.plain,
    vEarlier: on.plain,
    vv: total((e, k) => 2 * e * v(k)) + squares,
    vi: total((e, k) => e * i(k)),
    vEarlierI: total((e, k) => e * i(k + 1)),
    vIEarlier: total((e, k) => e * i(k - 1)),
  });
  expectSums('i', sums(squares / rows, silence, on), {
    i: on.plain,
    iEarlier: on.plain,
    ii: total((e, k) => 2 * e * i(k)) + squares,
    vi: total((e, k) => e * v(k)),
    vEarlierI: total((e, k) => e * v(k - 1)),
    vIEarlier: total((e, k) => e * v(k + 1)),
  });
});
