import type { Telemetry } from '../../firmware/attest/telemetry';
import type { CircleStages } from '../chain/simulated-circle';
import type { GatewayAccount } from '../gateway/gateway-account';
import { formatPower } from '../view/format';
import type { LastPayment } from './chain-money';
import { type ChainFacts, circleSteps } from './circle';
import { readingsOf, supplyOf } from './gateway-views';
import { lineOf } from './heard-meter';
import type { CircleStep } from './page-state';

/** What is known besides the gateway's account. */
export interface GatewayCircleParts {
  /** That were passed while the page looked on. */
  readonly stages: CircleStages;
  readonly payment: LastPayment | undefined;
  /** Undefined while the meter is offline. */
  readonly telemetry: Telemetry | undefined;
  /** Unix seconds since when the page looks on */
  readonly openedAt: number;
}

/** The smallest units in a reward token */
const REWARD_UNIT = 1e18;

/** The circle of a meter as a gateway sees it. What happened before the page looked on has a figure and no time. */
export function gatewayCircle(account: GatewayAccount, parts: GatewayCircleParts): CircleStep[] {
  const { payment, openedAt } = parts;
  return circleSteps({
    account: { ...accountOf(account), readings: readingsOf(account) },
    // of a payment that is not known we only know that it was before
    paidAt: payment?.time ?? (account.credited > 0 ? openedAt : undefined),
    creditedAt: hasTakenAll(account) ? 0 : undefined,
    consumption: consumptionOf(account, parts.telemetry),
    chain: chainOf(account, parts),
  });
}

function accountOf({ events, credited, acknowledged }: GatewayAccount) {
  return { events, credited, acknowledged };
}

function hasTakenAll({ last, credited }: GatewayAccount): boolean {
  return last !== undefined && credited > 0 && last.credited >= credited;
}

function consumptionOf(account: GatewayAccount, telemetry: Telemetry | undefined) {
  const activePower = telemetry === undefined ? 0 : lineOf(telemetry).activePower;
  if (telemetry === undefined || activePower <= 0) return { at: supplyOf(account).since, figure: '' };
  return { at: telemetry.timestamp, figure: formatPower(activePower) };
}

function chainOf({ proved }: GatewayAccount, { stages, payment }: GatewayCircleParts): ChainFacts {
  const { sequence, reward } = proved;
  const time = stages.proved?.at ?? 0;
  return {
    ...(payment && {
      payment: { time: payment.time, amount: payment.amount },
      block: { time: payment.time, number: payment.block },
    }),
    ...(stages.acknowledged && {
      acknowledged: { time: stages.acknowledged.at, sequence: stages.acknowledged.sequence },
    }),
    ...(sequence > 0 && { proved: { time, sequence } }),
    ...(reward > 0n && { reward: { time, amount: Number(reward) / REWARD_UNIT } }),
  };
}
