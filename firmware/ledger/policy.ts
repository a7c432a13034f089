import type { FieldReader, FieldWriter } from './fields';

/** What the meter may do and how it judges, by the last `Policy` that was obeyed. */
export interface PolicySetting {
  /** u32; 0 when there was none, and the defaults hold */
  readonly version: number;
  /** 1: a linked meter supplies nothing by another calibration than the one in force; 0: it adopts it */
  readonly sealed: number;
  /** V between phase and neutral, RMS */
  readonly nominalVoltage: number;
  /** Thousandths of the nominal voltage, below which it is a sag: a dip of EN 50160 */
  readonly sag: number;
  /** Thousandths of the nominal voltage, above which it is a swell */
  readonly swell: number;
  /** Thousandths of the nominal voltage, below which it is an interruption */
  readonly interruption: number;
}

export type PolicyFieldName = Exclude<keyof PolicySetting, 'version'>;

interface PolicyField {
  /** In the settings record, where the fields follow each other in the order of the table */
  readonly bytes: number;
  readonly least: number;
  readonly most: number;
  /** What holds before there is any policy */
  readonly initial: number;
}

/** The thresholds are those of EN 50160:2010 §3; nominal voltages reach from 100 V in Japan to phases of 400 V. */
export const POLICY_FIELDS: Readonly<Record<PolicyFieldName, PolicyField>> = {
  sealed: { bytes: 1, least: 0, most: 1, initial: 1 },
  nominalVoltage: { bytes: 2, least: 100, most: 500, initial: 230 },
  sag: { bytes: 2, least: 1, most: 999, initial: 900 },
  swell: { bytes: 2, least: 1001, most: 2000, initial: 1100 },
  interruption: { bytes: 2, least: 1, most: 999, initial: 50 },
};

const FIELD_NAMES = Object.keys(POLICY_FIELDS) as readonly PolicyFieldName[];

/** Of a meter that has obeyed none: a link seals the calibration. */
export const INITIAL_POLICY: PolicySetting = policyOf(0, name => POLICY_FIELDS[name].initial);

/** Whether a meter can obey it: each field is within its range, and an interruption is deeper than a sag. */
export function isPossiblePolicy(policy: PolicySetting): boolean {
  const isInRange = (name: PolicyFieldName) =>
    policy[name] >= POLICY_FIELDS[name].least && policy[name] <= POLICY_FIELDS[name].most;
  return FIELD_NAMES.every(isInRange) && policy.interruption < policy.sag;
}

/** @throws RangeError when a value does not fit into its bytes. */
export function writePolicy(writer: FieldWriter, policy: PolicySetting): void {
  writer.uint(4, policy.version);
  for (const name of FIELD_NAMES) writer.uint(POLICY_FIELDS[name].bytes, policy[name]);
}

export function readPolicy(reader: FieldReader): PolicySetting {
  return policyOf(reader.uint(4), name => reader.uint(POLICY_FIELDS[name].bytes));
}

function policyOf(version: number, fieldOf: (name: PolicyFieldName) => number): PolicySetting {
  const policy: Record<string, number> = { version };
  for (const name of FIELD_NAMES) policy[name] = fieldOf(name);
  return policy as unknown as PolicySetting;
}
