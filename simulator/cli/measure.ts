import { createReadStream } from 'node:fs';
import { Command } from 'commander';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { calibrationOf, TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { TraceError, TraceReader } from '../../hosts/mock/trace';
import { Failure } from '../errors';
import { TraceSummary, type TraceTotals } from '../trace-summary';
import { readCalibration, unreadable } from './files';

interface Options {
  readonly calibration?: string;
  readonly json?: boolean;
}

/** `m3ter measure TRACE`: recorded ADC samples through the meter's own metrology. */
export function measureCommand(): Command {
  return new Command('measure')
    .description('Measure recorded ADC samples (CSV t_us,v,i or t_us,v1,i1,v2,i2,v3,i3) as the meter does.')
    .argument('<trace>', 'the recording')
    .option(
      '--calibration <file>',
      'JSON, {"phases": [{"voltsPerCount", ...}]}; default: the typical front end',
    )
    .option('--json', 'print one JSON object instead of a table')
    .exitOverride()
    .action(async (trace: string, options: Options) => {
      const { calibration } = options;
      const totals = await measureTrace(trace, calibration ? readCalibration(calibration) : undefined);
      process.stdout.write(options.json ? `${JSON.stringify(totals)}\n` : tableOf(totals));
    });
}

async function measureTrace(
  file: string,
  given: readonly PhaseCalibration[] | undefined,
): Promise<TraceTotals> {
  let summary: TraceSummary | undefined;
  const reader = new TraceReader(window => {
    if (given !== undefined) expectPhases(file, window.phases.length, given.length);
    summary ??= new TraceSummary(given ?? defaultCalibration(window.phases.length));
    summary.add(window);
  });
  try {
    for await (const chunk of createReadStream(file, 'utf8')) reader.write(chunk);
    reader.end();
  } catch (error) {
    if (error instanceof TraceError) throw new Failure(`${file}, ${error.message}`);
    throw error instanceof Error && 'code' in error ? unreadable('trace', file, error) : error;
  }
  const totals = summary?.finish(reader.duration);
  if (totals !== undefined) return totals;
  throw new Failure(`${file}: expected at least 0.3 s of samples, got ${reader.duration / 1e6} s`);
}

function expectPhases(file: string, inTrace: number, calibrated: number): void {
  if (inTrace !== calibrated)
    throw new Failure(`${file}: expected ${calibrated} phases, as in the calibration, got ${inTrace}`);
}

/** The simulated front end's calibration, which is only a guess for any other. Says so. */
function defaultCalibration(phases: number): readonly PhaseCalibration[] {
  const calibrations = calibrationOf({ ...TYPICAL_HARDWARE, phases });
  process.stderr.write(
    `note: no --calibration given, taking ${JSON.stringify(calibrations[0])} for each phase\n`,
  );
  return calibrations;
}

function tableOf(totals: TraceTotals): string {
  const columns = ['phase', 'V', 'A', 'W', 'var', 'VA', 'PF', 'Hz'];
  const rows = totals.phases.map((phase, p) => [
    `L${p + 1}`,
    phase.voltage.toFixed(2),
    phase.current.toFixed(3),
    phase.activePower.toFixed(1),
    phase.reactivePower.toFixed(1),
    phase.apparentPower.toFixed(1),
    phase.powerFactor.toFixed(3),
    phase.frequency.toFixed(3),
  ]);
  const table = [columns, ...rows].map(row => row.map(cell => cell.padStart(9)).join(''));
  const energy = `${totals.seconds} s, imported ${totals.imported} mWh, exported ${totals.exported} mWh`;
  return `${table.join('\n')}\n${energy}\n`;
}
