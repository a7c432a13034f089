import { EVENT_CODES } from '../../firmware/attest/event';
import type { Event } from '../../firmware/attest/signed-types';
import { readStatus } from '../../firmware/attest/status';
import type { Telemetry } from '../../firmware/attest/telemetry';
import { toHex } from '../../firmware/bytes';
import type { GatewayAccount } from '../gateway/gateway-account';
import { unverifiedOf } from './account-views';
import { eventDetail } from './event-detail';
import { type HeardMeter, lineOf } from './heard-meter';
import type { MeterRow, MeterView, RegistersView, UntakenView } from './page-state';
import { SUPPLY_CODES } from './supply-changes';

/** What the credit of a meter is told from. */
export type CreditAccount = Pick<GatewayAccount, 'last' | 'events' | 'credited' | 'withdrawn'>;
type RowAccount = CreditAccount & Pick<GatewayAccount, 'm3terId' | 'readings'>;

const APPLIED = EVENT_CODES.creditApplied;
/** s from the order to open or close until the contact has, and the windows from before are through */
const SETTLING = 2;

/** As much of the supply as a meter has signed. */
export type SupplyView = Pick<MeterView, 'closed' | 'reason' | 'since'>;

/** By the last change of which it told, or by its newest reading, whichever is of later. */
export function supplyOf({ last, events }: Pick<GatewayAccount, 'last' | 'events'>): SupplyView {
  const change = events.findLast(({ code }) => SUPPLY_CODES.includes(code));
  const closed = change?.code === EVENT_CODES.supplyClosed;
  const since = change?.timestamp;
  if (change !== undefined && (last === undefined || change.timestamp >= last.timestamp))
    return { closed, reason: eventDetail('', change.detail), since };
  if (last === undefined) return { closed: false, reason: 'unheard' };
  const { relayClosed, reason = '' } = readStatus(last.status);
  return { closed: relayClosed, reason, ...(closed === relayClosed && { since }) };
}

/** What a meter measures now: undefined of one that last told of before its supply changed, or while it did. */
export function telemetryOf(
  { events }: Pick<GatewayAccount, 'events'>,
  { telemetry }: Pick<HeardMeter, 'telemetry'>,
): Telemetry | undefined {
  const changedAt = events.findLast(({ code }) => SUPPLY_CODES.includes(code))?.timestamp ?? 0;
  const isComparable = telemetry !== undefined && telemetry.timestamp > 0 && changedAt > 0;
  return isComparable && telemetry.timestamp <= changedAt + SETTLING ? undefined : telemetry;
}

/** As the meter has them, by its newest reading and the credit that it says it has taken since; undefined before the first. */
export function registersOf(account: CreditAccount): RegistersView | undefined {
  const { last, credited, withdrawn } = account;
  if (last === undefined) return undefined;
  const { imported, exported, debited, feedIn } = last;
  const taken = takenOf(account);
  // a credit states both, and the event only what was credited
  const hasAll = taken >= credited && newerApplied(account) !== undefined;
  return {
    ...{ imported, exported, debited, feedIn, credited: taken },
    withdrawn: hasAll ? Math.max(withdrawn, last.withdrawn) : last.withdrawn,
  };
}

/** mWh that the meter has, by its registers; undefined before the first reading */
export function balanceOf(account: CreditAccount): number | undefined {
  const registers = registersOf(account);
  if (registers === undefined) return undefined;
  const { credited, withdrawn, feedIn, debited } = registers;
  return credited - withdrawn + feedIn - debited;
}

/** What was paid for and the meter does not have; undefined: there is nothing */
export function untakenOf(account: CreditAccount): UntakenView | undefined {
  const energy = account.credited - takenOf(account);
  if (energy <= 0) return undefined;
  const answer = account.events.findLast(event => event.code === APPLIED || refusalOf(event) !== undefined);
  const refusal = answer && refusalOf(answer);
  return { energy, ...(refusal !== undefined && { refusal }) };
}

/** mWh credited in total, as the meter says */
function takenOf(account: CreditAccount): number {
  const { last, credited } = account;
  const applied = newerApplied(account);
  const told = applied === undefined ? 0 : Number(`0x${toHex(applied.detail)}`);
  // it may say so of no more than was paid for
  return Math.max(last?.credited ?? 0, Math.min(told, credited));
}

/** A credit that was taken since the newest reading: an older one may be of the device before this one. */
function newerApplied({ last, events }: CreditAccount): Event | undefined {
  const applied = events.findLast(({ code }) => code === APPLIED);
  return applied && applied.timestamp >= (last?.timestamp ?? 0) ? applied : undefined;
}

/** Why a credit was refused; undefined: the event tells of something else */
function refusalOf({ code, detail }: Event): string | undefined {
  if (code !== EVENT_CODES.directiveRefused) return undefined;
  const [kind, why = ''] = eventDetail('directiveRefused', detail).split(' ');
  return kind === 'credit' ? why : undefined;
}

export function gatewayRow(account: RowAccount, heard: HeardMeter): MeterRow {
  const { m3terId, last } = account;
  const { closed, reason } = supplyOf(account);
  const telemetry = telemetryOf(account, heard);
  return {
    m3terId: String(m3terId),
    name: `M3ter ${m3terId}`,
    ...{ closed, reason },
    power: telemetry && Math.round(lineOf(telemetry).activePower),
    balance: balanceOf(account),
    // what it has taken since, the meter has not weighed yet
    lowBalance: last !== undefined && readStatus(last.status).lowBalance && takenOf(account) <= last.credited,
    online: heard.isOnline,
    unverified: unverifiedOf(account),
  };
}

/** The readings of the account, with the newest of before the gateway was opened where none of since then is right. */
export function readingsOf({ readings, last }: GatewayAccount): GatewayAccount['readings'] {
  if (last === undefined || readings.some(({ problems }) => problems.length === 0)) return readings;
  return [{ reading: last, problems: [] }, ...readings];
}
