import { type Command, InvalidArgumentError } from 'commander';
import {
  INITIAL_POLICY,
  isPossiblePolicy,
  POLICY_NAMES,
  type PolicyFieldName,
  type PolicySetting,
  policyRange,
  TRUST,
} from '../../firmware/ledger/policy';
import { UsageError } from '../errors';
import { type DirectiveOptions, directiveCommand, sendDirective } from './directive';
import { utcOffsetOption, versionOption, wholeNumberOption } from './options';
import { type Print, printLine } from './print';

type NumberName = Exclude<
  PolicyFieldName,
  keyof typeof FLAGS | `friendly${string}` | 'unknownTime' | 'utcOffset'
>;

interface PolicyOptions extends DirectiveOptions, Partial<Record<NumberName, number>> {
  readonly sealed: boolean;
  readonly armBeforeReconnect: boolean;
  readonly cutOnTamper: boolean;
  readonly trustConsole: boolean;
  readonly homeAssistant: boolean;
  readonly obeyConsole: boolean;
  readonly friendlyHours?: Pick<PolicySetting, 'friendlyFrom' | 'friendlyTo'>;
  readonly friendlyDays?: number;
  readonly unknownTime?: number;
  readonly utcOffset?: number;
  readonly policyVersion?: number;
}

/** What each flag says when it is given, and with `no-` before it. */
const FLAGS = {
  sealed: ['the calibration must stay as it is', 'the calibration may change'],
  armBeforeReconnect: [
    'what was cut off for want of credit waits to be asked for',
    'it comes back by itself',
  ],
  trustConsole: [
    'whoever has a cable may set up network and calibration',
    'a linked meter lets the console only look',
  ],
  homeAssistant: ['it shows itself to Home Assistant, by the broker', 'it does not'],
  cutOnTamper: ['an opened case cuts the supply until the next order', 'it is only told'],
} as const;

/** The unit of each number, and what it is. */
const NUMBERS: Readonly<Record<NumberName, readonly [unit: string, meaning: string]>> = {
  nominalVoltage: ['volts', 'between phase and neutral'],
  sag: ['n', 'thousandths of it, below which it sags'],
  swell: ['n', 'thousandths, above which it swells'],
  interruption: ['n', 'thousandths, below which it is interrupted'],
  overvoltage: ['n', 'thousandths, above which nothing is supplied; 0: however high'],
  undervoltage: ['n', 'thousandths, below which nothing is supplied; 0: however low'],
  minimumOff: ['seconds', 'that the relay stays open at least'],
  reconnectSpread: ['seconds', 'the most that it waits, each meter for a time of its own, after a blackout'],
  lowBalance: ['wh', 'a balance below which is worth a warning'],
  criticalBalance: ['wh', 'a balance below which is worth a second one'],
  emergencyCredit: ['wh', 'that may be taken on request, once after each purchase; 0: none'],
  debtLimit: ['wh', 'of debt at which friendly hours and reduced load end'],
  loadTolerance: ['seconds', 'that a load may stay above the power limit'],
  loadPause: ['seconds', 'that it is cut for then'],
  loadRetries: ['n', 'how often it is closed again by itself under one order'],
  readingInterval: ['seconds', 'between readings'],
  telemetryInterval: ['seconds', 'between telemetry messages'],
  payloadInterval: ['seconds', 'between payloads for a M3tering Console, at least 60; 0: none are made'],
  reducedLoad: ['watts', 'still supplied when the balance is used up; 0: none'],
};

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/**
 * `m3ter policy`: says what a meter's owner lets it do, and what its grid is like. A policy is a whole: what is not
 * given is as it was before there was any. The version is Unix time unless given, as that of an order.
 */
export function policyCommand(print: Print = printLine): Command {
  const command = directiveCommand('policy', "Sign and publish what a meter's owner lets it do.");
  for (const [name, [yes, no]] of entriesOf(FLAGS))
    command.option(`--${kebab(name)}`, yes, INITIAL_POLICY[name] === 1).option(`--no-${kebab(name)}`, no);
  for (const [name, [unit, meaning]] of entriesOf(NUMBERS)) {
    const { least, most, initial } = policyRange(name);
    command.option(`--${kebab(name)} <${unit}>`, meaning, wholeNumberOption(least, most), initial);
  }
  return command
    .option('--obey-console', 'what the M3tering Console says, unsigned, may switch the supply off', false)
    .option(
      '--friendly-hours <from-to>',
      'local, as 20:00-08:00: nobody is cut off for want of credit',
      hours,
    )
    .option('--friendly-days <days>', 'the same on whole days, as sat,sun', days)
    .option('--unknown-time <base|dearest>', 'what energy counts while the time is unknown', unknownTime)
    .option('--utc-offset <offset>', 'of local time, as +01:00', utcOffset)
    .option(
      '--policy-version <n>',
      'must be above that of the policy before (default: Unix time)',
      versionOption,
    )
    .action(async (options: PolicyOptions) => {
      const policy = policyOf(options);
      if (!isPossiblePolicy(policy)) throw new UsageError(whatIsImpossible(policy));
      await sendDirective(options, 'policy', { m3terId: options.m3terId, ...policy }, print);
    });
}

function policyOf(options: PolicyOptions): PolicySetting {
  const given = options as Readonly<Partial<Record<PolicyFieldName, number | boolean>>>;
  const version = options.policyVersion ?? Math.floor(Date.now() / 1000);
  const fields = POLICY_NAMES.map(name => [name, Number(given[name] ?? INITIAL_POLICY[name])]);
  const trustConsole = Number(options.trustConsole) * TRUST.cable + Number(options.obeyConsole) * TRUST.word;
  return { version, ...Object.fromEntries(fields), ...options.friendlyHours, trustConsole } as PolicySetting;
}

/** Of fields that are each within their range. */
function whatIsImpossible(policy: PolicySetting): string {
  const { interruption, sag, overvoltage, criticalBalance, lowBalance, payloadInterval } = policy;
  if (interruption >= sag) return `expected --interruption below --sag, got ${interruption} and ${sag}`;
  if (criticalBalance > lowBalance)
    return `expected --critical-balance up to --low-balance, got ${criticalBalance} and ${lowBalance}`;
  if (overvoltage !== 0 && overvoltage <= 1000)
    return `expected --overvoltage above 1000, or 0, got ${overvoltage}`;
  return `expected --payload-interval of at least 60, or 0, got ${payloadInterval}`;
}

function hours(text: string): PolicyOptions['friendlyHours'] {
  const [from, to, ...rest] = text.split('-').map(minuteOfDay);
  if (from === undefined || to === undefined || rest.length > 0)
    throw new InvalidArgumentError('Expected hours like 20:00-08:00.');
  return { friendlyFrom: from, friendlyTo: to };
}

function minuteOfDay(text: string): number | undefined {
  const [, hour = '', minute = ''] = /^([01]\d|2[0-3]):([0-5]\d)$/.exec(text) ?? [];
  return hour === '' ? undefined : 60 * Number(hour) + Number(minute);
}

function days(text: string): number {
  const names = text.split(',');
  if (!names.every(name => DAYS.includes(name)))
    throw new InvalidArgumentError(`Expected days like sat,sun, of ${DAYS.join(', ')}.`);
  return names.reduce((bits, name) => bits | (1 << DAYS.indexOf(name)), 0);
}

function unknownTime(text: string): number {
  if (text !== 'base' && text !== 'dearest') throw new InvalidArgumentError('Expected base or dearest.');
  return text === 'base' ? 0 : 1;
}

function utcOffset(text: string): number {
  return INITIAL_POLICY.utcOffset + utcOffsetOption(text);
}

function kebab(name: string): string {
  return name.replace(/[A-Z]/g, letter => `-${letter.toLowerCase()}`);
}

function entriesOf<Name extends string, Value>(table: Readonly<Record<Name, Value>>): [Name, Value][] {
  return Object.entries(table) as [Name, Value][];
}
