import { formatEnergy, formatNumber, formatPower } from '../../view/format';
import type { MeterView, SupplyChange } from '../page-state';
import type { SampleTail } from '../sample-tail';
import { supplyAt } from './off-spans';
import { eventWords, moment, supplyWords } from './words';

/** What there is to read of a moment. */
export interface MomentText {
  readonly when: string;
  readonly figures: string;
  /** Of the supply, and what happened about then */
  readonly why: string;
}

/** What is known of one moment, in W, V and mWh; NaN: nothing */
interface Known {
  readonly power: number;
  readonly voltage: number;
  readonly balance: number;
}

/** Shown as dashes. */
const UNKNOWN = { activePower: Number.NaN, voltage: Number.NaN, frequency: Number.NaN };

/** Of now. */
export function nowText({ line, balance = Number.NaN }: Pick<MeterView, 'line' | 'balance'>): MomentText {
  const { activePower: power, voltage, frequency } = line ?? UNKNOWN;
  const hertz = `${formatNumber(frequency, 2)} Hz`;
  return {
    when: 'Now',
    figures: `${figuresText({ power, voltage, balance })} · ${hertz}`,
    why: 'Point at the charts, or use the arrow keys here, to read what was before.',
  };
}

/**
 * Of a moment in the past, by the sample before it.
 * @param time Unix seconds @param reach s around it in which an event belongs to it @param today YYYY-MM-DD
 */
export function momentText(
  time: number,
  tail: SampleTail,
  { supply, events }: Pick<MeterView, 'supply' | 'events'>,
  { reach, today }: { readonly reach: number; readonly today: string },
): MomentText {
  const change = supplyAt(supply, time);
  const near = events.filter(event => Math.abs(event.time - time) <= reach).reverse();
  const said = near.map(({ name, detail }) => `${eventWords(name)} ${detail}`.trim());
  return {
    when: moment(time, today),
    figures: figuresText(sampleAt(tail, time)),
    why: [change && supplyText(change, today), ...said].filter(Boolean).join(' · '),
  };
}

function supplyText({ at, closed, reason }: SupplyChange, today: string): string {
  const { brief } = supplyWords(reason);
  const since = `since ${moment(at, today)}`;
  return closed ? `Power on ${since}` : `Power off ${since}: ${brief}`;
}

function figuresText({ power, voltage, balance }: Known): string {
  const way = power < 0 ? 'exported' : 'imported';
  return `${formatPower(Math.abs(power))} ${way} · ${formatEnergy(balance)} · ${formatNumber(voltage, 1)} V`;
}

/** Of the last sample that is not later. */
function sampleAt(tail: SampleTail, time: number): Known {
  const [times, imported, exported, voltage, balance] = tail.columns();
  const index = times?.findLastIndex(at => at <= time) ?? -1;
  const value = (column: Float64Array | undefined) => column?.[index] ?? Number.NaN;
  return { power: value(imported) - value(exported), voltage: value(voltage), balance: value(balance) };
}
