import { lineView } from '../live-views';
import type { Account } from '../operator';
import type { SimulatedMeter } from '../simulated-meter';
import type { Purchase, Simulation } from '../simulation';
import { formatEnergy, formatMoney, formatNumber, formatPower } from '../view/format';
import type { ChainView } from '../view/state';
import { eventName } from './event-detail';
import { CIRCLE_STEPS, type CircleStep, type CircleStepName } from './page-state';

type Steps = { readonly [Name in CircleStepName]?: Omit<CircleStep, 'step'> };

/** What happened last at each step, at the meter and, where there is one, on the chain. */
export function circleOf(
  simulation: Simulation,
  meter: SimulatedMeter,
  chain: ChainView | undefined,
): CircleStep[] {
  const account = simulation.account(meter);
  const purchase = simulation.purchases.findLast(({ m3terId }) => m3terId === meter.m3terId);
  const since = new Since(chain?.payment?.time ?? purchase?.at, account);
  const steps: Steps = {
    ...purchaseSteps(since, account, purchase),
    ...(chain && chainSteps(since, chain)),
    consumption: consumptionStep(since, simulation.time, meter),
    ...readingSteps(since, account, chain),
  };
  return CIRCLE_STEPS.flatMap(step => (steps[step] === undefined ? [] : [{ step, ...steps[step] }]));
}

/** Tells what has happened since the last payment, and to its energy. */
class Since {
  readonly #paidAt: number | undefined;
  readonly #account: Account;

  constructor(paidAt: number | undefined, account: Account) {
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
function timeOf({ readings }: Account, sequence: number | undefined): number | undefined {
  const found = readings.findLast(
    ({ reading, problems }) => problems.length === 0 && reading.sequence === sequence,
  );
  return found?.reading.timestamp;
}

function purchaseSteps(since: Since, account: Account, purchase: Purchase | undefined): Steps {
  const credit = account.events.findLast(({ code }) => eventName(code) === 'creditApplied')?.timestamp;
  return {
    payment: {
      at: purchase?.at,
      figure: purchase === undefined ? '' : formatEnergy(purchase.energy),
      isDone: purchase !== undefined,
    },
    credit: { at: credit, figure: formatEnergy(account.credited), isDone: since.isAfter(credit) },
  };
}

function chainSteps(since: Since, { payment, block, proved, reward }: ChainView): Steps {
  const isProven = since.covers(proved?.sequence);
  return {
    payment: {
      at: payment?.time,
      figure: payment === undefined ? '' : formatMoney(payment.amount),
      isDone: payment !== undefined,
    },
    block: { at: block?.time, figure: numbered(block?.number), isDone: since.isAfter(block?.time) },
    proven: { at: proved?.time, figure: numbered(proved?.sequence), isDone: isProven },
    reward: {
      at: reward?.time,
      figure: reward === undefined ? '' : formatNumber(reward.amount, 3),
      isDone: isProven,
    },
  };
}

function consumptionStep(since: Since, time: number, meter: SimulatedMeter): Omit<CircleStep, 'step'> {
  const { activePower } = lineView(meter);
  const at = meter.isPlugged && activePower > 0 ? Math.floor(time) : meter.supply.at(-1)?.at;
  return { at, figure: formatPower(Math.max(0, activePower)), isDone: since.isAfter(at) };
}

function readingSteps(since: Since, account: Account, chain: ChainView | undefined): Steps {
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
