import type { CalibrationFit, PointResidual } from '../calibration-fit';

/** A phase's fit, by the index of the phase. */
export type Fits = ReadonlyMap<number, CalibrationFit>;

const COLUMNS = ['V', 'A', 'W', 'var', 'read V', 'A', 'W', 'var', 'V %', 'A %', 'W %', 'limit', 'phase °'];

/** For people: what the reference said of each load, what the meter now reads, and the errors that remain. */
export function calibrationTable(fits: Fits): readonly string[] {
  const names = [...fits.values()].flatMap(({ residuals }) => residuals.map(({ name }) => name.length));
  const width = Math.max('point'.length, ...names);
  const line = (phase: string, name: string, cells: readonly string[]) =>
    `${phase.padEnd(6)} ${name.padEnd(width)} ${cells.map(cell => cell.padStart(8)).join('')}`.trimEnd();
  const lines = [line('phase', 'point', COLUMNS)];
  for (const [phase, { residuals, warnings }] of fits) {
    for (const residual of residuals) lines.push(line(`L${phase + 1}`, residual.name, cellsOf(residual)));
    for (const warning of warnings) lines.push(`L${phase + 1}: ${warning}`);
  }
  return lines;
}

function cellsOf(residual: PointResidual): readonly string[] {
  const { reference, measured } = residual;
  return [
    fixed(reference.volts, 1),
    fixed(reference.amps, 3),
    fixed(reference.watts, 1),
    fixed(reference.vars, 1),
    fixed(measured.voltage, 1),
    fixed(measured.current, 3),
    fixed(measured.activePower, 1),
    fixed(measured.reactivePower, 1),
    fixed(residual.voltageError, 2),
    fixed(residual.currentError, 2),
    fixed(residual.powerError, 2),
    fixed(residual.limit, 1),
    fixed(residual.phaseError, 2),
  ];
}

/** A dash for what there is none of; no zero with a sign. */
function fixed(value: number | undefined, decimals: number): string {
  if (value === undefined) return '-';
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? (0).toFixed(decimals) : text;
}
