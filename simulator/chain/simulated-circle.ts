import type { MilliwattHours } from '../../firmware/energy';
import type { AccountChange, GatewayAccount } from '../gateway/gateway-account';

/** One stage of the circle of money and energy, as it was passed last. */
interface Passed {
  /** Unix seconds, simulated */
  readonly at: number;
}

/** What happened last at each stage of one meter's circle that others than the meter see; absent: nothing yet. */
export interface CircleStages {
  /** Of the stablecoin, in its smallest unit. */
  readonly payment?: Passed & { readonly amount: bigint };
  /** That the payment was mined in. */
  readonly block?: Passed & { readonly number: bigint };
  /** In all. */
  readonly credit?: Passed & { readonly energy: MilliwattHours };
  readonly acknowledged?: Passed & { readonly sequence: number };
  /** On the chain; `energy` in all. */
  readonly proved?: Passed & { readonly sequence: number; readonly energy: MilliwattHours };
  /** In all, of the reward token, in its smallest unit. */
  readonly reward?: Passed & { readonly amount: bigint };
}

/** The stages after something of the gateway's account has changed. */
export function afterChange(
  stages: CircleStages,
  what: AccountChange,
  { credited, acknowledged, proved }: GatewayAccount,
  at: number,
): CircleStages {
  const { sequence, energy, reward } = proved;
  switch (what) {
    case 'credit':
      return { ...stages, credit: { at, energy: credited } };
    case 'acknowledged':
      return { ...stages, acknowledged: { at, sequence: acknowledged } };
    case 'proved':
      return { ...stages, proved: { at, sequence, energy }, reward: { at, amount: reward } };
    default:
      return stages;
  }
}
