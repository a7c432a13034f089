import { POLICY } from '../attest/signed-types';
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
  /** Thousandths of the nominal voltage, above which nothing is supplied; 0: however high it is */
  readonly overvoltage: number;
  /** Thousandths of the nominal voltage, below which nothing is supplied; 0: however low it is */
  readonly undervoltage: number;
  /** s that the relay stays open at least, once it was opened */
  readonly minimumOff: number;
  /** s, the most that a meter waits, each for a time of its own, before it supplies after a blackout */
  readonly reconnectSpread: number;
  /** Wh, a balance below which is worth a warning */
  readonly lowBalance: number;
  /** Wh, a balance below which is worth a second one */
  readonly criticalBalance: number;
  /** Wh that may be taken on credit, on request, once after each purchase; 0: none */
  readonly emergencyCredit: number;
  /** Wh of debt at which friendly hours and reduced load end */
  readonly debtLimit: number;
  /** 1: what was cut off for want of credit comes back when somebody asks for it at the meter; 0: by itself */
  readonly armBeforeReconnect: number;
  /** Minute of the local day from which nobody is disconnected for want of credit */
  readonly friendlyFrom: number;
  /** Minute of the local day until which; the same as `friendlyFrom`: no such hours */
  readonly friendlyTo: number;
  /** Local days on which nobody is disconnected at all: bit 0 Monday to bit 6 Sunday */
  readonly friendlyDays: number;
  /** s that a load may stay above the power limit */
  readonly loadTolerance: number;
  /** s that it is cut for then */
  readonly loadPause: number;
  /** How often it is closed again by itself under one order */
  readonly loadRetries: number;
  /** W that are still supplied when the balance is used up; 0: none */
  readonly reducedLoad: number;
  /** 1: nothing is supplied from when the case was opened until the next order; 0: it is only told */
  readonly cutOnTamper: number;
  /** While the time is unknown, energy counts 0: as outside all bands, 1: as in the dearest */
  readonly unknownTime: number;
  /** Minutes that local time is ahead of UTC, plus 720 */
  readonly utcOffset: number;
  /** s between readings */
  readonly readingInterval: number;
  /** s between telemetry messages */
  readonly telemetryInterval: number;
  /** Trusted without a signature, a sum: 1 who has a cable, to set the meter up; 2 the M3tering Console, to cut the supply */
  readonly trustConsole: number;
  /** s between payloads for a M3tering Console, 60 to 86,400; 0: none are made */
  readonly payloadInterval: number;
  /** 1: it shows itself to Home Assistant, by the broker; 0: it does not */
  readonly homeAssistant: number;
}

export type PolicyFieldName = Exclude<keyof PolicySetting, 'version'>;

/** What a field may be, and what it is before there is any policy. */
export interface PolicyRange {
  readonly least: number;
  readonly most: number;
  readonly initial: number;
}

/** In the order of the signed type, which is that of the settings record. */
export const POLICY_NAMES = Object.keys(POLICY.fields).slice(2) as readonly PolicyFieldName[];

/**
 * Least, most and initial value of each field. The thresholds are those of EN 50160:2010 §3; nominal voltages reach from
 * 100 V in Japan to phases of 400 V. One typed array: as 29 objects it would take nine times as much ROM.
 */
// biome-ignore format: a table
const RANGES = new Uint32Array([
  0, 1, 1, // sealed
  100, 500, 230, // nominalVoltage
  1, 999, 900, // sag
  1001, 2000, 1100, // swell
  1, 999, 50, // interruption
  0, 2000, 1200, // overvoltage
  0, 999, 0, // undervoltage
  0, 3600, 10, // minimumOff
  0, 3600, 10, // reconnectSpread
  0, 1_000_000, 500, // lowBalance
  0, 1_000_000, 100, // criticalBalance
  0, 1_000_000, 0, // emergencyCredit
  0, 1_000_000, 10_000, // debtLimit
  0, 1, 0, // armBeforeReconnect
  0, 1439, 0, // friendlyFrom
  0, 1439, 0, // friendlyTo
  0, 127, 0, // friendlyDays
  30, 3600, 30, // loadTolerance: GB smart prepayment meters take 30 s to 1 h
  10, 3600, 300, // loadPause
  0, 100, 5, // loadRetries
  0, 100_000, 0, // reducedLoad
  0, 1, 0, // cutOnTamper
  0, 1, 1, // unknownTime
  0, 1560, 720, // utcOffset: UTC-12:00 to UTC+14:00
  60, 3600, 900, // readingInterval
  10, 3600, 60, // telemetryInterval
  0, 3, 1, // trustConsole
  0, 86_400, 0, // payloadInterval
  0, 1, 0, // homeAssistant
]);

/** How many fields a settings record holds, by its format. */
const FIELDS_BY_FORMAT = [0, 0, 5, 24, 27, 29] as const;
/** Formats of the settings record that hold a policy. */
export type PolicyFormat = 2 | 3 | 4 | 5;

/** Bits of `trustConsole`. */
export const TRUST = { cable: 1, word: 2 } as const;
/** s, where payloads are made at all */
const LEAST_PAYLOAD_INTERVAL = 60;

/** Of meters that have obeyed none: a link seals the calibration. */
export const INITIAL_POLICY: PolicySetting = policyOf(0, k => RANGES[3 * k + 2] as number);

/** What a field may be. */
export function policyRange(name: PolicyFieldName): PolicyRange {
  const [least = 0, most = 0, initial = 0] = RANGES.subarray(3 * POLICY_NAMES.indexOf(name));
  return { least, most, initial };
}

/**
 * Whether a meter can obey it: each field is within its range, an interruption is deeper than a sag, the nominal voltage
 * is supplied, the second warning comes after the first, and payloads do not follow each other too closely.
 */
export function isPossiblePolicy(policy: PolicySetting): boolean {
  const { overvoltage, payloadInterval } = policy;
  const isInRange = (name: PolicyFieldName, k: number) =>
    policy[name] >= (RANGES[3 * k] as number) && policy[name] <= (RANGES[3 * k + 1] as number);
  return (
    POLICY_NAMES.every(isInRange) &&
    policy.interruption < policy.sag &&
    (overvoltage === 0 || overvoltage > 1000) &&
    policy.criticalBalance <= policy.lowBalance &&
    (payloadInterval === 0 || payloadInterval >= LEAST_PAYLOAD_INTERVAL)
  );
}

/** Whether whoever has a cable may set up a linked meter. */
export function trustsCable({ trustConsole }: PolicySetting): boolean {
  return (trustConsole & TRUST.cable) !== 0;
}

/** Whether the supply may be switched by the M3tering Console, where the meter speaks to one. */
export function trustsConsoleWord({ trustConsole, payloadInterval }: PolicySetting): boolean {
  return (trustConsole & TRUST.word) !== 0 && payloadInterval !== 0;
}

/** The first format of the settings record that holds all that differs from the initial policy: 1 when nothing does. */
export function policyFormat(policy: PolicySetting): 1 | PolicyFormat {
  const isInitialFrom = (k: number) =>
    POLICY_NAMES.slice(k).every(name => policy[name] === INITIAL_POLICY[name]);
  if (!isInitialFrom(FIELDS_BY_FORMAT[4])) return 5;
  if (!isInitialFrom(FIELDS_BY_FORMAT[3])) return 4;
  if (!isInitialFrom(FIELDS_BY_FORMAT[2])) return 3;
  return policy.version === 0 && isInitialFrom(0) ? 1 : 2;
}

/** As many fields as a record of the format holds. @throws RangeError when a value does not fit into its bytes. */
export function writePolicy(writer: FieldWriter, policy: PolicySetting, format: PolicyFormat): void {
  writer.uint(4, policy.version);
  for (const name of POLICY_NAMES.slice(0, FIELDS_BY_FORMAT[format]))
    writer.uint(bytesOf(name), policy[name]);
}

/** What the record does not hold is as before there was any policy. */
export function readPolicy(reader: FieldReader, format: PolicyFormat): PolicySetting {
  const count = FIELDS_BY_FORMAT[format];
  return policyOf(reader.uint(4), k => {
    const name = POLICY_NAMES[k] as PolicyFieldName;
    return k < count ? reader.uint(bytesOf(name)) : INITIAL_POLICY[name];
  });
}

/** That the field takes in the record: those of its type, `uint8` to `uint32`. */
function bytesOf(name: PolicyFieldName): number {
  return Number(POLICY.fields[name].slice('uint'.length)) / 8;
}

function policyOf(version: number, valueAt: (index: number) => number): PolicySetting {
  const policy: Record<string, number> = { version };
  POLICY_NAMES.forEach((name, k) => {
    policy[name] = valueAt(k);
  });
  return policy as unknown as PolicySetting;
}
