import { lineView } from '../live-views';
import type { Account } from '../operator';
import type { SimulatedMeter } from '../simulated-meter';
import { unverifiedOf } from './account-views';
import type { MeterRow } from './page-state';

export function meterRow(shown: SimulatedMeter, account: Account): MeterRow {
  const { m3terId, meter } = shown;
  return {
    m3terId: String(m3terId),
    name: `House ${m3terId}`,
    closed: meter?.supply.closed ?? false,
    reason: meter === undefined ? 'unplugged' : (meter.supply.reason ?? 'reconnecting'),
    power: meter && Math.round(lineView(shown).activePower),
    balance: meter?.balance,
    lowBalance: meter?.isBalanceLow ?? false,
    online: meter?.isOnline ?? false,
    unverified: unverifiedOf(account),
  };
}
