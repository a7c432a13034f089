import { z } from 'zod';
import {
  CALIBRATION_LIMITS,
  type CalibrationFault,
  CORRECTION_LIMITS,
  type CurrentCorrection,
  MOST_CORRECTIONS,
  type PhaseCalibration,
} from '../firmware/metrology/calibration';
import { failure, type Result, success } from '../firmware/result';

const FIELDS = [...Object.keys(CALIBRATION_LIMITS), 'reversed', 'byCurrent'].join(', ');
const CORRECTION_FIELDS = Object.keys(CORRECTION_LIMITS).join(', ');

function limited([least, greatest]: readonly [number, number]) {
  const error = `a number of ${least} to ${greatest}`;
  return z.number({ error }).min(least, error).max(greatest, error);
}

function strict<Shape extends z.core.$ZodLooseShape>(fields: string, shape: Shape) {
  return z.strictObject(shape, {
    error: issue => (issue.code === 'unrecognized_keys' ? `one of ${fields}` : `an object of ${fields}`),
  });
}

const correction = strict(CORRECTION_FIELDS, {
  amps: limited(CORRECTION_LIMITS.amps),
  gain: limited(CORRECTION_LIMITS.gain),
  phaseDegrees: limited(CORRECTION_LIMITS.phaseDegrees),
});

const table = z
  .array(correction, { error: 'a list' })
  .max(MOST_CORRECTIONS, `at most ${MOST_CORRECTIONS} currents`)
  .refine(isAscending, 'ascending amps');

const phase = strict(FIELDS, {
  voltsPerCount: limited(CALIBRATION_LIMITS.voltsPerCount),
  ampsPerCount: limited(CALIBRATION_LIMITS.ampsPerCount),
  phaseDegrees: limited(CALIBRATION_LIMITS.phaseDegrees).default(0),
  skewMicroseconds: limited(CALIBRATION_LIMITS.skewMicroseconds).default(0),
  noLoadWatts: limited(CALIBRATION_LIMITS.noLoadWatts).default(0),
  noiseAmps: limited(CALIBRATION_LIMITS.noiseAmps).exactOptional(),
  offsetMicrosiemens: limited(CALIBRATION_LIMITS.offsetMicrosiemens).exactOptional(),
  offsetReactiveMicrosiemens: limited(CALIBRATION_LIMITS.offsetReactiveMicrosiemens).exactOptional(),
  reversed: z.boolean({ error: 'true or false' }).exactOptional(),
  byCurrent: table.exactOptional(),
} satisfies Record<CalibrationFault, z.ZodType>);

const calibrationFile = z.strictObject(
  { phases: z.array(phase, { error: 'a list' }).min(1, 'one to three phases').max(3, 'one to three phases') },
  { error: issue => (issue.code === 'unrecognized_keys' ? 'only phases' : 'an object of phases') },
);

/**
 * The calibration of each phase from a calibration file's text: JSON, `{"phases": [{...}]}`. All but the two gains
 * may be left out, and is 0 or none then. The fault is one line for people: the field, what was expected and what came.
 */
export function parseCalibration(text: string): Result<readonly PhaseCalibration[], string> {
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    return failure(`expected JSON, {"phases": [{...}]}, got ${quote(beginning(text))}`);
  }
  const parsed = calibrationFile.safeParse(content);
  if (parsed.success) return success(parsed.data.phases);
  const issue = parsed.error.issues[0];
  if (issue === undefined) return failure('expected a calibration');
  // An unknown field is reported at the object that has it.
  const path = issue.code === 'unrecognized_keys' ? [...issue.path, ...issue.keys.slice(0, 1)] : issue.path;
  return failure(`${nameOf(path)}: expected ${issue.message}, got ${quote(valueAt(content, path))}`);
}

/** A calibration file's text, for people to read: a line for each correction by current. */
export function calibrationText(phases: readonly PhaseCalibration[]): string {
  const texts = phases.map(({ byCurrent = [], ...fields }) => {
    const lines = Object.entries(fields).map(
      ([name, value]) => `      ${JSON.stringify(name)}: ${JSON.stringify(value)}`,
    );
    if (byCurrent.length > 0)
      lines.push(`      "byCurrent": [\n${byCurrent.map(correctionLine).join(',\n')}\n      ]`);
    return `    {\n${lines.join(',\n')}\n    }`;
  });
  return `{\n  "phases": [\n${texts.join(',\n')}\n  ]\n}\n`;
}

function correctionLine({ amps, gain, phaseDegrees }: CurrentCorrection): string {
  return `        {"amps": ${amps}, "gain": ${gain}, "phaseDegrees": ${phaseDegrees}}`;
}

function isAscending(corrections: readonly CurrentCorrection[]): boolean {
  return corrections.every(({ amps }, k) => k === 0 || amps > (corrections[k - 1] as CurrentCorrection).amps);
}

function nameOf(path: readonly PropertyKey[]): string {
  const steps = path.map(key => (typeof key === 'number' ? `[${key}]` : `.${String(key)}`));
  return steps.join('').slice(1) || 'calibration';
}

function valueAt(content: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<PropertyKey, unknown>)[key], content);
}

/** Too little to tell a key that was given by mistake. */
function beginning(text: string): string {
  const trimmed = text.trim();
  return trimmed.length > 24 ? `${trimmed.slice(0, 24)}…` : trimmed;
}

function quote(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = typeof value === 'number' ? String(value) : JSON.stringify(value);
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
