import { EVENT_CODES } from '../firmware/attest/event';
import { milliwattHours } from '../firmware/energy';
import type { Account } from './operator';
import type { SimulatedMeter } from './simulated-meter';
import type { Purchase } from './simulation';
import type { EventView, LineView, PurchaseView, ReadingView } from './view/state';

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
