import { EVENT_CODES } from '../firmware/attest/event';
import { milliwattHours } from '../firmware/energy';
import type { Account } from './operator';
import type { SimulatedMeter } from './simulated-meter';
import type { Purchase, Simulation } from './simulation';
import type { ChainView, EventView, LineView, PurchaseView, ReadingView } from './view/state';

/* What the view shows of a simulation's parts. Of lists, as many of the last as any terminal has room for. */

const RECENT = 12;

/** Zeros where the meter is without power. */
export function lineView({ meter }: SimulatedMeter): LineView {
  const phase = meter?.measurement.phases[0];
  const { voltage = 0, current = 0, activePower = 0, powerFactor = 1 } = phase ?? {};
  return { voltage, current, activePower, powerFactor, frequency: meter?.measurement.frequency ?? 0 };
}

export function readingViews({ readings, acknowledged }: Account): ReadingView[] {
  return readings.slice(-RECENT).map(({ reading, problems }) => ({
    sequence: reading.sequence,
    time: reading.timestamp,
    imported: milliwattHours(reading.imported),
    verified: problems.length === 0 ? 'verified' : 'bad',
    acknowledged: reading.sequence <= acknowledged,
  }));
}

/** Of one meter among all. */
export function purchaseViews(purchases: readonly Purchase[], m3terId: bigint): PurchaseView[] {
  const own = purchases.filter(purchase => purchase.m3terId === m3terId);
  return own.slice(-RECENT).map(({ at, energy }) => ({ time: at, energy }));
}

/** `supplyClosed` reads as `supply closed`. */
const EVENT_NAMES = new Map<number, string>(
  Object.entries(EVENT_CODES).map(([name, code]) => [
    code,
    name.replace(/[A-Z]/g, letter => ` ${letter.toLowerCase()}`),
  ]),
);

export function eventViews({ events }: Account): EventView[] {
  return events.slice(-RECENT).map(({ timestamp, code }) => ({
    time: timestamp,
    text: EVENT_NAMES.get(code) ?? `event ${code}`,
  }));
}

/** Of one meter; undefined where there is no chain. */
export function chainView(simulation: Simulation, meter: SimulatedMeter): ChainView | undefined {
  const market = simulation.chainMarket;
  if (market === undefined) return undefined;
  const { payment, block, credit, acknowledged, proved, reward } = market.circle(meter.m3terId);
  const reading = simulation.account(meter).readings.at(-1)?.reading;
  return {
    chainId: market.chain.registry.chainId,
    price: units(market.chain.tariffOf(meter.m3terId)),
    money: units(market.chain.wallet(meter.m3terId).balance),
    ...(payment && { payment: { time: payment.at, amount: units(payment.amount) } }),
    ...(block && { block: { time: block.at, number: Number(block.number) } }),
    ...(credit && { credit: { time: credit.at, energy: credit.energy } }),
    ...(reading && { reading: { time: reading.timestamp, sequence: reading.sequence } }),
    ...(acknowledged && { acknowledged: { time: acknowledged.at, sequence: acknowledged.sequence } }),
    ...(proved && { proved: { time: proved.at, sequence: proved.sequence } }),
    ...(reward && { reward: { time: reward.at, amount: units(reward.amount) } }),
  };
}

/** Of a token with 18 decimals, near enough to be looked at. */
function units(amount: bigint): number {
  return Number(amount) / 1e18;
}
