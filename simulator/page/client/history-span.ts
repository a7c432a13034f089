import { DAYS, RECENT } from '../sample-tail';

/** How far back a chart reaches, by the tail of samples that it shows. */
export type HistorySpan = 'recent' | 'days';

interface SpanFacts {
  readonly name: string;
  /** As part of a sentence. */
  readonly words: string;
  /** s */
  readonly length: number;
  /** s that an arrow key moves on */
  readonly step: number;
  /** s around a moment in which an event belongs to it */
  readonly reach: number;
}

export const SPANS: Readonly<Record<HistorySpan, SpanFacts>> = {
  recent: {
    name: '30 min',
    words: 'the last half hour',
    length: RECENT.step * RECENT.length,
    step: 10,
    reach: 15,
  },
  days: {
    name: '7 days',
    words: 'the last seven days',
    length: DAYS.step * DAYS.length,
    step: 1800,
    reach: 1800,
  },
};
