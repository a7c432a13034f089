import type { Window } from '../../firmware/host';
import { Kernel } from '../../firmware/metrology/kernel';
import { Prng } from '../../hosts/mock/prng';

/** A front end as it is built: what a calibration has to find out. */
export interface Build {
  readonly voltsPerCount: number;
  readonly ampsPerCount: number;
  /** Degrees by which the transformer leads at this current */
  lead(amps: number): number;
  /** Counts that come for one count that should */
  gain(amps: number): number;
  readonly skewMicroseconds: number;
  /** Counts, RMS */
  readonly noise: number;
  /** µS of the voltage in the current's channel, in phase and a quarter cycle behind */
  readonly crosstalk: readonly [number, number];
  /** Of each phase: the transformer looks the wrong way */
  readonly reversed?: readonly boolean[];
}

/** What flows while it records. */
export interface Flow {
  readonly volts: number;
  readonly amps: number;
  /** Degrees by which the current lags */
  readonly lag?: number;
  readonly frequency?: number;
}

/** An ESP32 with a 100 A transformer of two degrees' phase error, more at low current. */
export const BUILD: Build = {
  voltsPerCount: 0.2513,
  ampsPerCount: 0.0672,
  lead: amps => 1.2 + 1.5 / (1 + amps / 4),
  gain: amps => 1 - 0.008 / (1 + amps / 6),
  skewMicroseconds: 12.5,
  noise: 4,
  crosstalk: [0, 0],
};

/** µs */
const PERIOD = 250;

export interface RecordOptions {
  readonly seconds?: number;
  readonly seed?: number | string;
  readonly build?: Build;
  /** Phases a third of a cycle apart */
  readonly phases?: number;
}

/** Counts v1, i1, ... of 12 bits, 4000 sets a second: the physics written down, nothing of ours. */
export function record(
  { volts, amps, lag = 0, frequency = 50 }: Flow,
  { seconds = 10, seed = 1, build = BUILD, phases = 1 }: RecordOptions = {},
): Uint16Array {
  const prng = new Prng(seed);
  const rows = Math.round((seconds * 1e6) / PERIOD);
  const counts = new Uint16Array(2 * phases * rows);
  const radians = Math.PI / 180;
  const [inPhase, behind] = build.crosstalk.map(value => value * 1e-6 * volts * Math.SQRT2) as [
    number,
    number,
  ];
  const convert = (value: number) =>
    Math.max(0, Math.min(4095, Math.round(2031 + value + build.noise * prng.gaussian())));
  for (let row = 0; row < rows; row++)
    for (let p = 0; p < phases; p++) {
      const x = 2 * Math.PI * (frequency * 1e-6 * row * PERIOD + 0.2 - p / 3);
      const later = x + 2 * Math.PI * frequency * 1e-6 * build.skewMicroseconds;
      const led = later + build.lead(amps) * radians;
      // The transformer sees load and crosstalk alike.
      const load = Math.SQRT2 * amps * build.gain(amps) * Math.sin(led - lag * radians);
      const stray = build.gain(amps) * (inPhase * Math.sin(led) - behind * Math.cos(led));
      const sign = build.reversed?.[p] ? -1 : 1;
      counts[2 * (row * phases + p)] = convert((Math.SQRT2 * volts * Math.sin(x)) / build.voltsPerCount);
      counts[2 * (row * phases + p) + 1] = convert((sign * load + stray) / build.ampsPerCount);
    }
  return counts;
}

/** The same through the meter's kernel. */
export function recordWindows(flow: Flow, options: RecordOptions = {}): readonly Window[] {
  const { phases = 1 } = options;
  const counts = record(flow, options);
  const windows: Window[] = [];
  const sets = counts.length / (2 * phases);
  new Kernel({ phases, startTime: 0 }, window => windows.push(plain(window))).add(
    counts,
    sets,
    sets * PERIOD,
  );
  return windows;
}

/** As it goes over a line: what the kernel tells beside is left out. */
export function plain({ phases, samples, cycles, duration, cycleSpan, gap }: Window): Window {
  return { phases, samples, cycles, duration, cycleSpan, gap };
}

/** The same as a trace. */
export function recordTrace(flow: Flow, options: RecordOptions = {}): string {
  const { phases = 1 } = options;
  const counts = record(flow, options);
  const lines = [phases === 1 ? 't_us,v,i' : 't_us,v1,i1,v2,i2,v3,i3'];
  for (let row = 0; row * 2 * phases < counts.length; row++)
    lines.push(`${row * PERIOD},${counts.subarray(row * 2 * phases, (row + 1) * 2 * phases).join(',')}`);
  return `${lines.join('\n')}\n`;
}
