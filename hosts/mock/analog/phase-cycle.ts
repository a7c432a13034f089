import { wave } from './load';
import type { MainsPhase } from './mains';

const { PI, SQRT2, sqrt } = Math;

/** Nodes in a cycle. A sine's chords stay within 1.2 millionths of its amplitude. */
export const NODES = 2048;
/** Nodes beyond the cycle, for the channels that are converted later than its last moment. */
export const MARGIN = NODES / 16;

/** µS, of the voltage that shows in the current's channel though no current flows. */
export interface Crosstalk {
  /** In phase with the voltage */
  readonly conductance: number;
  /** Of the voltage a quarter cycle before */
  readonly susceptance: number;
}

/**
 * A cycle of one phase. The waves are straight between the nodes by definition, so power and RMS of what flows are
 * known exactly, whatever the load.
 */
export class PhaseCycle {
  /** V by node */
  readonly volts = new Float64Array(NODES + MARGIN + 1);
  /** A by node, while the load is on */
  readonly amps = new Float64Array(NODES + MARGIN + 1);
  /** A by node that are seen though they do not flow */
  readonly crosstalk = new Float64Array(NODES + MARGIN + 1);
  /** V, RMS */
  readonly voltage: number;
  /** A, RMS, while the load is on */
  readonly current: number;
  /** W, while the load is on */
  readonly activePower: number;

  /** @param degrees of phase 1 at the first node */
  constructor({ volts, degrees, harmonics = [], load }: MainsPhase, crosstalk: Crosstalk) {
    const peak = SQRT2 * volts;
    const voltageAt = (angle: number) => peak * wave(angle, harmonics);
    for (let k = 0; k <= NODES + MARGIN; k++) {
      const angle = turned((2 * PI * k) / NODES - (degrees * PI) / 180);
      this.volts[k] = voltageAt(angle);
      this.amps[k] = load.current(angle);
      this.crosstalk[k] =
        1e-6 * (crosstalk.conductance * voltageAt(angle) + crosstalk.susceptance * voltageAt(angle - PI / 2));
    }
    this.voltage = sqrt(meanProduct(this.volts, this.volts));
    this.current = sqrt(meanProduct(this.amps, this.amps));
    this.activePower = meanProduct(this.volts, this.amps);
  }
}

/** 0 to below 2π; a hair below 2π, which rounding makes of 0, is 0. */
function turned(angle: number): number {
  const rest = angle - 2 * PI * Math.floor(angle / (2 * PI));
  return 2 * PI - rest < 1e-9 ? 0 : rest;
}

/** Mean of the product of two straight lines, from node k to the next. */
function chordProduct(a: Float64Array, b: Float64Array, k: number): number {
  const a0 = a[k] as number;
  const a1 = a[k + 1] as number;
  const b0 = b[k] as number;
  const b1 = b[k + 1] as number;
  return (2 * (a0 * b0 + a1 * b1) + a0 * b1 + a1 * b0) / 6;
}

function meanProduct(a: Float64Array, b: Float64Array): number {
  let sum = 0;
  for (let k = 0; k < NODES; k++) sum += chordProduct(a, b, k);
  return sum / NODES;
}
