import type { Clock, Sensor } from '../../firmware/host';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { calibrationOf, TYPICAL_HARDWARE, type World } from '../../hosts/mock/front-end';
import { FrontEndSensor } from '../../hosts/mock/front-end-sensor';
import { Prng } from '../../hosts/mock/prng';
import type { MockRelay } from '../../hosts/mock/relay';
import { type RecordedWindow, TraceError, TraceReader } from '../../hosts/mock/trace';
import { TraceSensor } from '../../hosts/mock/trace-sensor';
import { Failure } from '../errors';
import { readCalibration, readTextFile } from './files';

export interface CalibratedSensor {
  readonly sensor: Sensor;
  readonly calibration: readonly PhaseCalibration[];
}

/** µs: the load never changes by itself, but the relay is looked at this often. */
const LOOK = 10_000;
const MAINS = { voltage: 230, frequency: 50 };

/** A front end on 230 V mains with a resistive load of so many watts, drawn while the relay is closed. */
export function loadSensor(clock: Clock, relay: MockRelay, watts: number): CalibratedSensor {
  const world: World = time => ({
    ...MAINS,
    phases: [{ activePower: relay.isClosed() ? watts : 0, reactivePower: 0 }],
    until: time + LOOK,
  });
  const prng = new Prng('load');
  const hardware = TYPICAL_HARDWARE;
  const sensor = new FrontEndSensor({ clock, world, hardware, prng, fidelity: 'waveform' });
  return { sensor, calibration: calibrationOf(hardware) };
}

/**
 * The samples of a trace file, over and over: a recording knows no relay.
 * @throws Failure when trace or calibration cannot be read, or do not fit each other.
 */
export function traceSensor(clock: Clock, file: string, calibrationFile?: string): CalibratedSensor {
  const windows = readWindows(file);
  const phases = windows[0]?.phases.length ?? 0;
  if (phases === 0) throw new Failure(`${file}: expected a trace of at least one mains cycle, got less`);
  const calibration =
    calibrationFile === undefined
      ? calibrationOf({ ...TYPICAL_HARDWARE, phases })
      : readCalibration(calibrationFile);
  if (calibration.length !== phases)
    throw new Failure(`${file}: expected ${calibration.length} phases, as in the calibration, got ${phases}`);
  return { sensor: new TraceSensor(clock, windows, true), calibration };
}

function readWindows(file: string): RecordedWindow[] {
  const windows: RecordedWindow[] = [];
  const reader = new TraceReader(window => windows.push(window));
  try {
    reader.write(readTextFile('trace', file));
    reader.end();
  } catch (error) {
    throw error instanceof TraceError ? new Failure(`${file}, ${error.message}`) : error;
  }
  return windows;
}
