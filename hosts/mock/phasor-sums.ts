import type { PhaseSums } from '../../firmware/host';
import type { PhaseWaves } from './front-end-waves';

/**
 * Closed-form sums of sin x, cos x and their products over x = first + k · step, k from 0 to rows − 1. The linear
 * ones are Dirichlet kernels (Lagrange's identities): Σ sin x = D · sin μ with D = sin(rows · step / 2) / sin(step
 * / 2) and μ the middle angle; the products follow from cos 2x and sin 2x in the same way.
 */
export class Stretch {
  rows = 0;
  sine = 0;
  cosine = 0;
  sineSquared = 0;
  cosineSquared = 0;
  sineCosine = 0;
  stepSine = 0;
  stepCosine = 1;
  firstSine = 0;
  firstCosine = 1;
  lastSine = 0;
  lastCosine = 1;

  /**
   * @param first angle of the first row, rad
   * @param step angle from row to row, rad, 0 to below π
   */
  set(rows: number, first: number, step: number): void {
    const halfSine = Math.sin(step / 2);
    const halfCosine = Math.cos(step / 2);
    const wholeSine = Math.sin((rows * step) / 2);
    const wholeCosine = Math.cos((rows * step) / 2);
    const middle = first + ((rows - 1) * step) / 2;
    const middleSine = Math.sin(middle);
    const middleCosine = Math.cos(middle);
    this.rows = rows;
    this.stepSine = 2 * halfSine * halfCosine;
    this.stepCosine = 1 - 2 * halfSine * halfSine;
    const linear = step === 0 ? rows : wholeSine / halfSine;
    const double = step === 0 ? rows : (2 * wholeSine * wholeCosine) / this.stepSine;
    this.sine = linear * middleSine;
    this.cosine = linear * middleCosine;
    this.sineSquared = rows / 2 - double * (0.5 - middleSine * middleSine);
    this.cosineSquared = rows - this.sineSquared;
    this.sineCosine = double * middleSine * middleCosine;
    // From the middle to either end it is (rows − 1) · step / 2.
    const endSine = wholeSine * halfCosine - wholeCosine * halfSine;
    const endCosine = wholeCosine * halfCosine + wholeSine * halfSine;
    this.firstSine = middleSine * endCosine - middleCosine * endSine;
    this.firstCosine = middleCosine * endCosine + middleSine * endSine;
    this.lastSine = middleSine * endCosine + middleCosine * endSine;
    this.lastCosine = middleCosine * endCosine - middleSine * endSine;
  }

  /** Σ (a · sin x − b · cos x) */
  sum(a: number, b: number): number {
    return a * this.sine - b * this.cosine;
  }

  /** Σ (a · sin x − b · cos x)(c · sin x − d · cos x) */
  sumOfProducts(a: number, b: number, c: number, d: number): number {
    return a * c * this.sineSquared + b * d * this.cosineSquared - (a * d + b * c) * this.sineCosine;
  }
}

/** What noise added to the linear sums of one channel over a stretch, in counts: Σe, Σe · sin x, Σe · cos x. */
export class NoiseSums {
  plain = 0;
  sine = 0;
  cosine = 0;
}

/** The sums of one phase's window, stretch by stretch: what summing each sample's counts would give. */
export class PhasorSummer {
  #v = 0;
  #i = 0;
  #vEarlier = 0;
  #iEarlier = 0;
  #vv = 0;
  #ii = 0;
  #vi = 0;
  #vEarlierI = 0;
  #vIEarlier = 0;
  #previousV: number | undefined;
  #previousI: number | undefined;
  readonly #voltageBias: number;
  readonly #currentBias: number;

  /** @param voltageBias counts @param currentBias counts */
  constructor(voltageBias: number, currentBias: number) {
    this.#voltageBias = voltageBias;
    this.#currentBias = currentBias;
  }

  /**
   * Adds a stretch of undisturbed samples. The neighbour of its first sample is the last one of the stretch before.
   */
  add(wave: PhaseWaves, stretch: Stretch): void {
    const { vSine, vCosine, iSine, iCosine } = wave;
    const { rows, stepSine, stepCosine } = stretch;
    const v0 = this.#voltageBias;
    const i0 = this.#currentBias;
    const v = stretch.sum(vSine, vCosine);
    const i = stretch.sum(iSine, iCosine);
    // The waves one step earlier: x − step instead of x.
    const vSineE = vSine * stepCosine - vCosine * stepSine;
    const vCosineE = vSine * stepSine + vCosine * stepCosine;
    const iSineE = iSine * stepCosine - iCosine * stepSine;
    const iCosineE = iSine * stepSine + iCosine * stepCosine;
    const vEarlier = stretch.sum(vSineE, vCosineE);
    const iEarlier = stretch.sum(iSineE, iCosineE);
    this.#v += rows * v0 + v;
    this.#i += rows * i0 + i;
    this.#vEarlier += rows * v0 + vEarlier;
    this.#iEarlier += rows * i0 + iEarlier;
    this.#vv += rows * v0 * v0 + 2 * v0 * v + stretch.sumOfProducts(vSine, vCosine, vSine, vCosine);
    this.#ii += rows * i0 * i0 + 2 * i0 * i + stretch.sumOfProducts(iSine, iCosine, iSine, iCosine);
    const biases = rows * v0 * i0;
    this.#vi += biases + i0 * v + v0 * i + stretch.sumOfProducts(vSine, vCosine, iSine, iCosine);
    this.#vEarlierI +=
      biases + i0 * vEarlier + v0 * i + stretch.sumOfProducts(vSineE, vCosineE, iSine, iCosine);
    this.#vIEarlier +=
      biases + i0 * v + v0 * iEarlier + stretch.sumOfProducts(vSine, vCosine, iSineE, iCosineE);

    const { firstSine, firstCosine, lastSine, lastCosine } = stretch;
    const firstV = v0 + vSine * firstSine - vCosine * firstCosine;
    const firstI = i0 + iSine * firstSine - iCosine * firstCosine;
    const impliedV = v0 + vSineE * firstSine - vCosineE * firstCosine;
    const impliedI = i0 + iSineE * firstSine - iCosineE * firstCosine;
    const amendV = (this.#previousV ?? firstV) - impliedV;
    const amendI = (this.#previousI ?? firstI) - impliedI;
    this.#vEarlier += amendV;
    this.#iEarlier += amendI;
    this.#vEarlierI += amendV * firstI;
    this.#vIEarlier += firstV * amendI;
    this.#previousV = v0 + vSine * lastSine - vCosine * lastCosine;
    this.#previousI = i0 + iSine * lastSine - iCosine * lastCosine;
  }

  /**
   * Adds noise to the stretch added last: what it does to the sums at first order, and its mean square. Products of
   * noise with noise have no other mean, and deviate hundreds of times less.
   * @param variance counts², of each sample of either channel
   */
  disturb(wave: PhaseWaves, stretch: Stretch, variance: number, onV: NoiseSums, onI: NoiseSums): void {
    const { vSine, vCosine, iSine, iCosine } = wave;
    const { rows, stepSine, stepCosine } = stretch;
    const v0 = this.#voltageBias;
    const i0 = this.#currentBias;
    this.#v += onV.plain;
    this.#i += onI.plain;
    this.#vEarlier += onV.plain;
    this.#iEarlier += onI.plain;
    this.#vv += 2 * (v0 * onV.plain + vSine * onV.sine - vCosine * onV.cosine) + rows * variance;
    this.#ii += 2 * (i0 * onI.plain + iSine * onI.sine - iCosine * onI.cosine) + rows * variance;
    const biases = v0 * onI.plain + i0 * onV.plain;
    // For each channel: its own noise times the other's wave, and that wave a step to either side.
    const byV = iSine * onV.sine - iCosine * onV.cosine;
    const byI = vSine * onI.sine - vCosine * onI.cosine;
    const sideV = stepSine * (iSine * onV.cosine + iCosine * onV.sine);
    const sideI = stepSine * (vSine * onI.cosine + vCosine * onI.sine);
    this.#vi += biases + byV + byI;
    this.#vEarlierI += biases + stepCosine * (byV + byI) + sideV - sideI;
    this.#vIEarlier += biases + stepCosine * (byV + byI) - sideV + sideI;
  }

  /**
   * The sums so far, in whole counts; begins anew. What rounding adds to the linear sums is as if it lay on the
   * bias, and so enters the products: without that, half a count times a bias of thousands would look like current.
   */
  take(): PhaseSums {
    const v = Math.round(this.#v);
    const i = Math.round(this.#i);
    const vEarlier = Math.round(this.#vEarlier);
    const iEarlier = Math.round(this.#iEarlier);
    const addedV = this.#currentBias * (v - this.#v);
    const addedI = this.#voltageBias * (i - this.#i);
    const addedVEarlier = this.#currentBias * (vEarlier - this.#vEarlier);
    const addedIEarlier = this.#voltageBias * (iEarlier - this.#iEarlier);
    const sums = {
      v,
      i,
      vEarlier,
      iEarlier,
      vv: Math.round(this.#vv + 2 * this.#voltageBias * (v - this.#v)),
      ii: Math.round(this.#ii + 2 * this.#currentBias * (i - this.#i)),
      vi: Math.round(this.#vi + addedV + addedI),
      vEarlierI: Math.round(this.#vEarlierI + addedVEarlier + addedI),
      vIEarlier: Math.round(this.#vIEarlier + addedV + addedIEarlier),
    };
    this.#v = this.#i = this.#vEarlier = this.#iEarlier = 0;
    this.#vv = this.#ii = this.#vi = this.#vEarlierI = this.#vIEarlier = 0;
    return sums;
  }
}
