import { lineView } from '../live-views';
import type { Account } from '../operator';
import type { SimulatedMeter } from '../simulated-meter';
import type { Purchase, Simulation } from '../simulation';
import { formatEnergy, formatMoney, formatNumber, formatPower } from '../view/format';
import type { ChainView } from '../view/state';
import { eventName } from './event-detail';
import { CIRCLE_STEPS, type CircleStep, type CircleStepName } from './page-state';

/** Of `Reward.sol` */
const REWARD_SYMBOL = 'M3RW';

type Readings = Pick<Account, 'readings'>;
type Steps = { readonly [Name in CircleStepName]?: Omit<CircleStep, 'step'> };

/** What a circle is made of. */
export interface CircleFacts {
  readonly account: Pick<Account, 'readings' | 'events' | 'credited' | 'acknowledged'>;
  /** Unix seconds of the last payment, or of a moment after it; undefined: nobody has paid */
  readonly paidAt: number | undefined;
  /** Of energy, where no payment on a chain is known */
  readonly purchase?: Pick<Purchase, 'at' | 'energy'> | undefined;
  /** Unix seconds of when the meter has taken what was paid for, where it does not tell; undefined: never */
  readonly creditedAt?: number | undefined;
  readonly consumption: Pick<CircleStep, 'at' | 'figure'>;
  /** Where there is one. */
  readonly chain?: ChainFacts | undefined;
}

/** What a chain has of it; absent: nothing yet. */
export interface ChainFacts extends Pick<ChainView, 'block' | 'acknowledged' | 'proved' | 'reward'> {
  /** As money */
  readonly payment?: { readonly time: number; readonly amount: string } | undefined;
}

/** What happened last at each step, at the meter and, where there is one, on the chain. */
export function circleSteps(facts: CircleFacts): CircleStep[] {
  const { account, paidAt, consumption, chain } = facts;
  const since = new Since(paidAt, account);
  const steps: Steps = {
    ...purchaseSteps(since, facts),
    ...(chain && chainSteps(since, chain)),
    consumption: { ...consumption, isDone: since.isAfter(consumption.at) },
    ...readingSteps(since, account, chain),
  };
  return CIRCLE_STEPS.flatMap(step => (steps[step] === undefined ? [] : [{ step, ...steps[step] }]));
}

/** The same of a simulated meter. */
export function circleOf(
  simulation: Simulation,
  meter: SimulatedMeter,
  chain: ChainView | undefined,
): CircleStep[] {
  const purchase = simulation.purchases.findLast(({ m3terId }) => m3terId === meter.m3terId);
  const payment = chain?.payment && { ...chain.payment, amount: formatMoney(chain.payment.amount) };
  return circleSteps({
    account: simulation.account(meter),
    paidAt: chain?.payment?.time ?? purchase?.at,
    purchase,
    consumption: consumptionOf(meter, simulation.time),
    chain: chain && { ...chain, payment },
  });
}

function consumptionOf(meter: SimulatedMeter, time: number): CircleFacts['consumption'] {
  const { activePower } = lineView(meter);
  const at = meter.isPlugged && activePower > 0 ? Math.floor(time) : meter.supply.at(-1)?.at;
  return { at, figure: formatPower(Math.max(0, activePower)) };
}

/** Tells what has happened since the last payment, and to its energy. */
class Since {
  readonly #paidAt: number | undefined;
  readonly #account: Readings;

  constructor(paidAt: number | undefined, account: Readings) {
    this.#paidAt = paidAt;
    this.#account = account;
  }

  /** @param at Unix seconds; undefined: never */
  isAfter(at: number | undefined): boolean {
    return this.#paidAt !== undefined && at !== undefined && at >= this.#paidAt;
  }

  /** Whether a reading that was made since is among those up to this one. */
  covers(sequence: number | undefined): boolean {
    return this.isAfter(timeOf(this.#account, sequence));
  }
}

/** Unix seconds, of a verified reading that is still known. */
function timeOf({ readings }: Readings, sequence: number | undefined): number | undefined {
  const found = readings.findLast(
    ({ reading, problems }) => problems.length === 0 && reading.sequence === sequence,
  );
  return found?.reading.timestamp;
}

function purchaseSteps(since: Since, { account, purchase, creditedAt }: CircleFacts): Steps {
  const applied = account.events.findLast(({ code }) => eventName(code) === 'creditApplied');
  const credit = applied?.timestamp ?? creditedAt;
  return {
    payment: {
      at: purchase?.at,
      figure: purchase === undefined ? '' : formatEnergy(purchase.energy),
      isDone: purchase !== undefined,
    },
    credit: { at: credit, figure: `${formatEnergy(account.credited)} in all`, isDone: since.isAfter(credit) },
  };
}

function chainSteps(since: Since, { payment, block, proved, reward }: ChainFacts): Steps {
  const isProven = since.covers(proved?.sequence);
  return {
    payment: {
      at: payment?.time,
      figure: payment?.amount ?? '',
      isDone: payment !== undefined,
    },
    block: { at: block?.time, figure: numbered(block?.number), isDone: since.isAfter(block?.time) },
    proven: { at: proved?.time, figure: numbered(proved?.sequence), isDone: isProven },
    reward: {
      at: reward?.time,
      figure: reward === undefined ? '' : `${formatNumber(reward.amount, 3)} ${REWARD_SYMBOL}`,
      isDone: isProven,
    },
  };
}

function readingSteps(since: Since, account: CircleFacts['account'], chain: ChainFacts | undefined): Steps {
  const reading = account.readings.findLast(({ problems }) => problems.length === 0)?.reading;
  const acknowledged = account.acknowledged || undefined;
  return {
    reading: {
      at: reading?.timestamp,
      figure: numbered(reading?.sequence),
      isDone: since.covers(reading?.sequence),
    },
    acknowledged: {
      at: chain?.acknowledged?.time ?? timeOf(account, acknowledged),
      figure: numbered(acknowledged),
      isDone: since.covers(acknowledged),
    },
  };
}

function numbered(count: number | undefined): string {
  return count === undefined ? '' : `#${count}`;
}
