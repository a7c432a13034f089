import { z } from 'zod';
import {
  CALIBRATION_LIMITS,
  type CalibrationFault,
  type PhaseCalibration,
} from '../firmware/metrology/calibration';
import { failure, type Result, success } from '../firmware/result';

const FIELDS = Object.keys(CALIBRATION_LIMITS).join(', ');

function limited(name: CalibrationFault) {
  const [least, greatest] = CALIBRATION_LIMITS[name];
  const error = `a number of ${least} to ${greatest}`;
  return z.number({ error }).min(least, error).max(greatest, error);
}

const phase = z.strictObject(
  {
    voltsPerCount: limited('voltsPerCount'),
    ampsPerCount: limited('ampsPerCount'),
    phaseDegrees: limited('phaseDegrees').default(0),
    skewMicroseconds: limited('skewMicroseconds').default(0),
    noLoadWatts: limited('noLoadWatts').default(0),
  },
  { error: issue => (issue.code === 'unrecognized_keys' ? `one of ${FIELDS}` : `an object of ${FIELDS}`) },
);

const calibrationFile = z.strictObject(
  { phases: z.array(phase, { error: 'a list' }).min(1, 'one to three phases').max(3, 'one to three phases') },
  { error: issue => (issue.code === 'unrecognized_keys' ? 'only phases' : 'an object of phases') },
);

/**
 * The calibration of each phase from a calibration file's text: JSON, `{"phases": [{...}]}`. All but the two gains
 * may be left out, and is 0 then. The fault is one line for people: the field, what was expected and what came.
 */
export function parseCalibration(text: string): Result<readonly PhaseCalibration[], string> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return failure(`expected JSON, {"phases": [{...}]}, got ${quote(text.trim())}`);
  }
  const parsed = calibrationFile.safeParse(content);
  if (parsed.success) return success(parsed.data.phases);
  const issue = parsed.error.issues[0];
  if (issue === undefined) return failure('expected a calibration');
  // An unknown field is reported at the object that has it.
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return failure(`${nameOf(path)}: expected ${issue.message}, got ${quote(valueAt(content, path))}`);
}

function nameOf(path: readonly PropertyKey[]): string {
  const steps = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return steps.join('').slice(1) || 'calibration';
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], content);
}

function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
