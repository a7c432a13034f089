import { existsSync } from 'node:fs';
import { Command, InvalidArgumentError, Option } from 'commander';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { writeFileAtomically } from '../../hosts/node/atomic-file';
import { calibrationText } from '../calibration-file';
import { type CalibrationFit, type CalibrationPoint, fitCalibration, USUAL_METER } from '../calibration-fit';
import type { Recording } from '../calibration-recording';
import { Failure, UsageError } from '../errors';
import { idleOption, type PointOption, phaseOption, phasesOption, pointOption } from './calibrate-point';
import { calibrationTable, type Fits } from './calibrate-table';
import { readCalibration } from './files';
import { positiveOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';
import { readRecording } from './recording-file';

interface Options {
  readonly point?: readonly PointOption[];
  readonly idle?: readonly PointOption[];
  readonly phase?: number;
  readonly skew?: number;
  readonly ib: number;
  readonly imax: number;
  readonly class: '1' | '2';
  readonly flip?: readonly number[];
  readonly windows: number;
  readonly out?: string;
  readonly json?: boolean;
}

/** `m3ter calibrate`: from known loads to a calibration file. */
export function calibrateCommand(print: Print = printLine): Command {
  return new Command('calibrate')
    .description(
      'Fit a calibration to known loads: traces, windows that the console printed, or live from a serial device.',
    )
    .option(
      '--point <point>',
      'FILE,volts=V,amps=A[,watts=W][,vars=VAR|,pf=0.5[cap]][,phase=L1]; one for each load',
      pointOption,
    )
    .option('--idle <point>', 'FILE,volts=V[,phase=L1]; nothing connected', idleOption)
    .option('--phase <phase>', 'fit this one, and take the others from the --out file', phaseOption)
    .option(
      '--skew <us>',
      'how much later the current is converted than the voltage; default: fitted, or 0',
      skewOption,
    )
    .option('--ib <amps>', 'basic current', positiveOption(1000), USUAL_METER.basicCurrent)
    .option('--imax <amps>', 'maximum current', positiveOption(10_000), USUAL_METER.maximumCurrent)
    .addOption(new Option('--class <class>', 'accuracy of IEC 62053-21').choices(['1', '2']).default('1'))
    .option(
      '--flip <phases>',
      'L1, or L1+L3: turn the sign of a current transformer that looks the wrong way',
      phasesOption,
    )
    .option('--windows <count>', 'to ask a serial device for', wholeNumberOption(10, 3000), 100)
    .option('--out <file>', 'the calibration file to write, when the fit is good')
    .option('--json', 'print one JSON object instead of a table')
    .exitOverride()
    .action(async (options: Options) => {
      const points = [...(options.point ?? []), ...(options.idle ?? [])];
      if (points.length === 0) throw new UsageError('expected --point for each load, got none');
      const recordings = await readRecordings(points, options.windows);
      const fits = fitPhases(points, recordings, options);
      const calibrations = calibrationsOf(fits, options);
      if (options.out !== undefined)
        writeFileAtomically(options.out, Buffer.from(calibrationText(calibrations)), 0o644);
      for (const line of report(fits, calibrations, options)) print(line);
    });
}

/** One after the other: a device has one line, and each file is read once. */
async function readRecordings(points: readonly PointOption[], windows: number) {
  const recordings = new Map<string, Recording>();
  for (const { file } of points)
    if (!recordings.has(file)) recordings.set(file, await readRecording(file, windows));
  return recordings;
}

function fitPhases(
  points: readonly PointOption[],
  recordings: ReadonlyMap<string, Recording>,
  options: Options,
): Fits {
  const fits = new Map<number, CalibrationFit>();
  const phases = options.phase === undefined ? allPhases(recordings) : [options.phase];
  for (const phase of phases) {
    const ofPhase = points.filter(({ phases: own }) => own?.includes(phase) ?? true);
    const fit = fitCalibration(
      ofPhase.map(point => calibrationPoint(point, recordings.get(point.file), phase)),
      {
        accuracyClass: options.class === '2' ? 2 : 1,
        basicCurrent: options.ib,
        maximumCurrent: options.imax,
        ...(options.skew !== undefined && { skewMicroseconds: options.skew }),
        flip: options.flip?.includes(phase) ?? false,
      },
    );
    if (!fit.ok)
      throw new Failure(fit.fault.startsWith(nameOf(phase)) ? fit.fault : `${nameOf(phase)}, ${fit.fault}`);
    fits.set(phase, fit.value);
  }
  return fits;
}

function allPhases(recordings: ReadonlyMap<string, Recording>): readonly number[] {
  const counts = [...recordings.values()].map(({ windows }) => windows[0]?.phases.length ?? 0);
  if (new Set(counts).size > 1)
    throw new Failure(`expected recordings of as many phases each, got ${counts.join(', ')}`);
  return Array.from({ length: counts[0] ?? 0 }, (_, phase) => phase);
}

function calibrationPoint(
  { file, reference }: PointOption,
  recording: Recording | undefined,
  phase: number,
): CalibrationPoint {
  const { windows = [], clipped = [] } = recording ?? {};
  return { name: file, windows, phase, reference, clipped: clipped[phase] ?? 0 };
}

/** What goes into the file: with `--phase`, what is there but for that phase. */
function calibrationsOf(fits: Fits, { phase, out }: Options): readonly PhaseCalibration[] {
  const fitted = [...fits.values()].map(({ calibration }) => calibration);
  if (phase === undefined || out === undefined || (phase === 0 && !existsSync(out))) return fitted;
  const present = readCalibration(out);
  const [own] = fitted;
  if (present[phase] === undefined || own === undefined)
    throw new Failure(
      `${out}: expected a calibration of ${nameOf(phase)} to replace, got ${present.length} phases`,
    );
  return present.with(phase, own);
}

function report(
  fits: Fits,
  calibrations: readonly PhaseCalibration[],
  { json, out }: Options,
): readonly string[] {
  if (json) {
    const points = [...fits].flatMap(([phase, { residuals }]) =>
      residuals.map(residual => ({ phase: nameOf(phase), ...residual })),
    );
    const warnings = [...fits].flatMap(([phase, fit]) =>
      fit.warnings.map(text => `${nameOf(phase)}, ${text}`),
    );
    return [JSON.stringify({ calibration: { phases: calibrations }, points, warnings })];
  }
  const end = out === undefined ? calibrationText(calibrations).trimEnd() : `wrote ${out}`;
  return [...calibrationTable(fits), end];
}

function nameOf(phase: number): string {
  return `L${phase + 1}`;
}

function skewOption(text: string): number {
  const microseconds = /^-?\d+(\.\d+)?$/.test(text) ? Number(text) : Number.NaN;
  if (Math.abs(microseconds) <= 1000) return microseconds;
  throw new InvalidArgumentError('Expected µs, -1000 to 1000.');
}
