import type { PhaseMeasurement } from '../firmware/host';
import type { PhaseCalibration } from '../firmware/metrology/calibration';
import { measure } from '../firmware/metrology/measure';
import { type AccuracyClass, errorLimit } from './calibration-fit-limit';
import { type CalibrationPoint, type PointMeans, usableWindows } from './calibration-fit-point';

/** How one point measures with the calibration that was fitted. */
export interface PointResidual {
  readonly name: string;
  /** V, A, W, var of the reference */
  readonly reference: {
    readonly volts: number;
    readonly amps: number;
    readonly watts: number;
    readonly vars: number;
  };
  /** Means over the point's windows */
  readonly measured: Pick<PhaseMeasurement, 'voltage' | 'current' | 'activePower' | 'reactivePower'>;
  /** % of the reference */
  readonly voltageError: number;
  /** % of the reference; undefined where no current flows, as of those below */
  readonly currentError: number | undefined;
  /** % of the reference's W */
  readonly powerError: number | undefined;
  /** Degrees by which the current is measured to lag too much */
  readonly phaseError: number | undefined;
  /** %: what the class allows `powerError` to be */
  readonly limit: number | undefined;
}

/** Measures a point's windows as the meter will, but for its no-load threshold. */
export function residualOf(
  point: CalibrationPoint,
  { truth }: PointMeans,
  calibration: PhaseCalibration,
  meter: AccuracyClass,
): PointResidual {
  const measured = measuredMeans(point, { ...calibration, noLoadWatts: 0 });
  const { name, reference } = point;
  const { volts, amps } = reference;
  const [watts, vars] = [truth.re, truth.im];
  const ofLoad = <Value>(value: Value) => (amps === 0 ? undefined : value);
  const lag = Math.atan2(measured.reactivePower, measured.activePower) - Math.atan2(vars, watts);
  return {
    name,
    reference: { volts, amps, watts, vars },
    measured,
    voltageError: 100 * (measured.voltage / volts - 1),
    currentError: ofLoad(100 * (measured.current / amps - 1)),
    powerError: ofLoad(100 * (measured.activePower / watts - 1)),
    phaseError: ofLoad((lag * 180) / Math.PI),
    limit: ofLoad(errorLimit(meter, amps, watts, vars)),
  };
}

function measuredMeans({ windows, phase }: CalibrationPoint, calibration: PhaseCalibration) {
  const sums = { voltage: 0, current: 0, activePower: 0, reactivePower: 0 };
  const quantities = Object.keys(sums) as (keyof typeof sums)[];
  let time = 0;
  for (const window of usableWindows(windows)) {
    const measured = measure(window, Array(window.phases.length).fill(calibration)).phases[phase];
    if (measured === undefined) continue;
    time += window.duration;
    for (const quantity of quantities) sums[quantity] += measured[quantity] * window.duration;
  }
  for (const quantity of quantities) sums[quantity] /= time;
  return sums;
}
