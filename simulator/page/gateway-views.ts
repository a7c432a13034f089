import { EVENT_CODES } from '../../firmware/attest/event';
import { readStatus } from '../../firmware/attest/status';
import type { GatewayAccount } from '../gateway/gateway-account';
import { unverifiedOf } from './account-views';
import { eventDetail } from './event-detail';
import { type HeardMeter, lineOf } from './heard-meter';
import type { MeterRow, MeterView } from './page-state';
import { SUPPLY_CODES } from './supply-changes';

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

/** mWh, by the newest reading, with what was bought and taken back since; undefined before the first */
export function balanceOf({
  last,
  credited,
  withdrawn,
}: Pick<GatewayAccount, 'last' | 'credited' | 'withdrawn'>): number | undefined {
  if (last === undefined) return undefined;
  const { feedIn, debited } = last;
  return Math.max(credited, last.credited) - Math.max(withdrawn, last.withdrawn) + feedIn - debited;
}

export function gatewayRow(account: GatewayAccount, heard: HeardMeter): MeterRow {
  const { m3terId, last } = account;
  const { closed, reason } = supplyOf(account);
  const { telemetry, isOnline } = heard;
  return {
    m3terId: String(m3terId),
    name: `M3ter ${m3terId}`,
    ...{ closed, reason },
    power: telemetry && Math.round(lineOf(telemetry).activePower),
    balance: balanceOf(account),
    // what was bought since, the meter has not weighed yet
    lowBalance: last !== undefined && readStatus(last.status).lowBalance && account.credited <= last.credited,
    online: isOnline,
    unverified: unverifiedOf(account),
  };
}

/** The readings of the account, with the newest of before the gateway was opened where none of since then is right. */
export function readingsOf({ readings, last }: GatewayAccount): GatewayAccount['readings'] {
  if (last === undefined || readings.some(({ problems }) => problems.length === 0)) return readings;
  return [{ reading: last, problems: [] }, ...readings];
}
