import { InvalidArgumentError } from 'commander';
import type { PointReference } from '../calibration-fit';

/** One `--point` or `--idle`. */
export interface PointOption {
  readonly file: string;
  readonly reference: PointReference;
  /** Indices of the phases that it holds for; absent: all of the recording */
  readonly phases?: readonly number[];
}

const FORM = 'FILE,volts=V,amps=A[,watts=W][,vars=VAR|,pf=0.5[cap]][,phase=L1]';
const IDLE_FORM = 'FILE,volts=V[,phase=L1]';

/** `kettle.csv,volts=230.1,amps=5.02`, added to those before. */
export function pointOption(text: string, before: readonly PointOption[] = []): readonly PointOption[] {
  const { file, fields } = fieldsOf(text, FORM, ['volts', 'amps', 'watts', 'vars', 'pf', 'phase']);
  const [volts, amps] = [numberOf(fields, 'volts', FORM), numberOf(fields, 'amps', FORM)];
  if (volts === undefined || !amps) throw expected(FORM);
  const watts = numberOf(fields, 'watts', FORM);
  const vars = varsOf(fields, watts, volts * amps);
  const reference = {
    volts,
    amps,
    ...(watts !== undefined && { watts }),
    ...(vars !== undefined && { vars }),
  };
  return [...before, { file, reference, ...phasesOf(fields) }];
}

/** `idle.csv,volts=230.1`, added to those before. */
export function idleOption(text: string, before: readonly PointOption[] = []): readonly PointOption[] {
  const { file, fields } = fieldsOf(text, IDLE_FORM, ['volts', 'phase']);
  const volts = numberOf(fields, 'volts', IDLE_FORM);
  if (volts === undefined) throw expected(IDLE_FORM);
  return [...before, { file, reference: { volts, amps: 0 }, ...phasesOf(fields) }];
}

/** `L1`, as an index from 0 on. */
export function phaseOption(text: string): number {
  const [, digit] = /^L([123])$/.exec(text) ?? [];
  if (digit === undefined) throw new InvalidArgumentError('Expected L1, L2 or L3.');
  return Number(digit) - 1;
}

/** `L1`, or several as `L1+L3`. */
export function phasesOption(text: string): readonly number[] {
  return text.split('+').map(phaseOption);
}

type Fields = ReadonlyMap<string, string>;

function fieldsOf(text: string, form: string, known: readonly string[]) {
  const [file = '', ...rest] = text.split(',');
  const fields = new Map<string, string>();
  for (const field of rest) {
    const [, name = '', value = ''] = /^([a-z]+)=(.+)$/.exec(field) ?? [];
    if (!known.includes(name) || fields.has(name)) throw expected(form);
    fields.set(name, value);
  }
  if (file === '') throw expected(form);
  return { file, fields };
}

function numberOf(fields: Fields, name: string, form: string): number | undefined {
  const text = fields.get(name);
  if (text === undefined) return undefined;
  const isSigned = name === 'vars';
  if (!(isSigned ? /^-?\d+(\.\d+)?$/ : /^\d+(\.\d+)?$/).test(text)) throw expected(form);
  return Number(text);
}

/** From a power factor: inductive, and negative with `cap`. */
function varsOf(fields: Fields, watts: number | undefined, apparent: number): number | undefined {
  const text = fields.get('pf');
  if (text === undefined) return numberOf(fields, 'vars', FORM);
  const [, factor, kind] = /^(0?\.\d+|1(?:\.0+)?)(ind|cap)?$/.exec(text) ?? [];
  if (factor === undefined || Number(factor) === 0 || fields.has('vars')) throw expected(FORM);
  const angle = Math.acos(Number(factor));
  const vars = watts === undefined ? apparent * Math.sin(angle) : watts * Math.tan(angle);
  return kind === 'cap' ? -vars : vars;
}

function phasesOf(fields: Fields): { readonly phases?: readonly number[] } {
  const text = fields.get('phase');
  return text === undefined ? {} : { phases: phasesOption(text) };
}

function expected(form: string): InvalidArgumentError {
  return new InvalidArgumentError(`Expected ${form}.`);
}
