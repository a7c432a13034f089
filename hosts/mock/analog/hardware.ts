import type { Crosstalk } from './phase-cycle';

/**
 * A split-core current transformer and its burden: a first-order high pass, since what magnetises the core is missing
 * from the output. Its inductance depends on the flux, so ratio and corner depend on the current. It does not saturate: the
 * direct part of a rectified current is only missing, where a core that is not made for it would also distort.
 */
export interface CurrentTransformer {
  /** Primary by secondary current. SCT-013-000: 100 A : 50 mA */
  readonly turns: number;
  /**
   * Ω. 22 Ω gives 0.93 V of peak at 60 A, which fits a converter that is good for 1.15 V about its middle; makers' usual
   * values are 22 to 33 Ω.
   */
  readonly burden: number;
  /**
   * Of ratio and corner at no current; both go to `large` by I / (I + knee). An SCT-013-000 on 22 Ω was measured to lead
   * by 3° to a little over 4°, most at low current, and its ratio to err within −2 % and +2 %, from 0.5 A to 100 A
   * (OpenEnergyMonitor, report on the YHDC SCT-013-000, CT no. 6).
   */
  readonly small: { readonly ratioError: number; readonly corner: number };
  /** Of ratio (%) and corner (Hz) far above the knee */
  readonly large: { readonly ratioError: number; readonly corner: number };
  /** A, RMS: where both are half-way */
  readonly knee: number;
  /** What the board couples from the voltage's channel. Assumed: some µS, at 230 V a good tenth of a watt */
  readonly crosstalk: Crosstalk;
}

/** A small voltage transformer with its divider: a first-order high pass. */
export interface VoltageTransformer {
  /** V of mains by mV at the converter */
  readonly voltsPerMillivolt: number;
  /** Hz. A ZMPT101B's phase error is at most 20′ (its data sheet), which at 50 Hz is a corner of 0.29 Hz. */
  readonly corner: number;
}

/** A successive-approximation converter as the ESP32's ADC1, without the unevenness of its single steps. */
export interface Converter {
  /** mV that reads as 0. 142 mV: what ESP-IDF's line fitting takes for ADC1 at 11 dB */
  readonly zero: number;
  /** mV per count in the straight part. 0.806: ESP-IDF's line fitting, with the reference at its nominal 1100 mV */
  readonly millivoltsPerCount: number;
  /** % by which the counts are too many: the reference is 1000 to 1200 mV, by chip (ESP-IDF, ADC calibration) */
  readonly gainError: number;
  /** Counts */
  readonly offset: number;
  /**
   * Counts by which it reads too little at the straight part's upper end and too much at its lower one. The data sheet
   * allows an INL of ±12.
   */
  readonly bend: number;
  /** Counts over which the bend falls to 1/e */
  readonly bendWidth: number;
  /** Counts of the slow wave between the ends. Assumed: what ESP-IDF's straight line leaves */
  readonly ripple: number;
  /** Counts where the straight part ends: 2880 in ESP-IDF, which is 2450 mV */
  readonly straightTo: number;
  /** mV per count at full scale: the curve grows steeper from `straightTo` on. 0.35 makes 4095 counts of 3.16 V. */
  readonly topMillivoltsPerCount: number;
}

/** Where the channels rest. */
export interface Bias {
  /** mV: a divider to the middle of 150 to 2450 mV, what ADC1 is good for at 11 dB (ESP-IDF) */
  readonly millivolts: number;
  /** mV, RMS: 100 ppm/K of regulator and resistors over the 20 K that a wall's box warms up and cools down */
  readonly drift: number;
  /** s that the drift takes to forget */
  readonly driftTime: number;
}

/** Counts, RMS and Gaussian, in each conversion. */
export interface Noise {
  /** Of an ESP32's ADC1: 2 to 6 */
  readonly counts: number;
  /** While the radio transmits. Assumed: three times as much, by the dip in the supply */
  readonly transmitting: number;
  /** µs from one transmission to the next: an access point's beacons come every 102.4 ms, and are answered */
  readonly every: number;
  /** µs that one lasts: a frame and its acknowledgement at the lowest rate */
  readonly lasting: number;
}

/** An analog front end, the same for each phase. */
export interface AnalogHardware {
  /** 1 to 3 */
  readonly phases: number;
  /** µs from one sample set to the next, at most 960, by a clock without error */
  readonly samplePeriod: number;
  /** µs from one conversion of a set, v1, i1, v2, ..., to the next: the skew of current against voltage */
  readonly conversionInterval: number;
  /** Millionths by which the converter is slow: its rate is what whole dividers leave of the one that was asked for */
  readonly clockError: number;
  readonly voltage: VoltageTransformer;
  readonly current: CurrentTransformer;
  readonly converter: Converter;
  readonly bias: Bias;
  readonly noise: Noise;
}

/** mV of peak at 1.15 Un: what the converter is good for about its middle, less the drift and some gain error. */
const LARGEST_PEAK = 1050;

/** The divider that a system's nominal voltage calls for. @param volts Un, RMS */
export function voltageTransformerFor(volts: number): VoltageTransformer {
  return { voltsPerMillivolt: (1.15 * Math.SQRT2 * volts) / LARGEST_PEAK, corner: 0.29 };
}

/**
 * An ESP32 with a ZMPT101B and an SCT-013-000 on 22 Ω, for 230 V and up to 60 A. The converter of an ESP32 makes no
 * fewer than 20,000 conversions a second.
 */
export const TYPICAL_ESP32_FRONT_END: AnalogHardware = {
  phases: 1,
  samplePeriod: 100,
  conversionInterval: 50,
  clockError: 180,
  voltage: voltageTransformerFor(230),
  current: {
    turns: 2000,
    burden: 22,
    small: { ratioError: -1, corner: 3.6 },
    large: { ratioError: 1.6, corner: 2.6 },
    knee: 8,
    crosstalk: { conductance: 3, susceptance: -2 },
  },
  converter: {
    zero: 142,
    millivoltsPerCount: 0.806,
    gainError: 2.5,
    offset: -9,
    bend: 8,
    bendWidth: 300,
    ripple: 2,
    straightTo: 2880,
    topMillivoltsPerCount: 0.35,
  },
  bias: { millivolts: 1300, drift: 2.6, driftTime: 600 },
  noise: { counts: 4, transmitting: 12, every: 102_400, lasting: 1000 },
};

/** The same with three phases, of which the board takes 4000 sample sets a second. */
export const TYPICAL_THREE_PHASE_FRONT_END: AnalogHardware = {
  ...TYPICAL_ESP32_FRONT_END,
  phases: 3,
  samplePeriod: 250,
  conversionInterval: 250 / 6,
};

/** The same with the divider for another nominal voltage. @param volts Un, RMS */
export function forVoltage(hardware: AnalogHardware, volts: number): AnalogHardware {
  return { ...hardware, voltage: voltageTransformerFor(volts) };
}
