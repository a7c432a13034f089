import { formatSpan } from '../../view/format';
import type { SupplyStretch } from '../report-data';
import { element, timeText } from './elements';

/** Of a stretch that is too short for it, the text is left to the table below: % of the whole. */
const LEAST_FOR_TEXT = 6;

/** Bars from left to right: high and plain is on, low and striped is off, and in each why. */
export function supplyTimeline(stretches: readonly SupplyStretch[], from: number, to: number): HTMLElement {
  const span = to - from || 1;
  const bars = stretches.map(stretch => {
    const percent = (100 * (stretch.until - stretch.at)) / span;
    const bar = element('div', { class: stretch.closed ? 'closed' : 'open', title: stretchText(stretch) });
    bar.style.left = `${(100 * (stretch.at - from)) / span}%`;
    bar.style.width = `${percent}%`;
    if (percent >= LEAST_FOR_TEXT) bar.append(`${stretch.closed ? 'on' : 'off'}: ${stretch.reason}`);
    return bar;
  });
  const label = `Supply from ${timeText(from)} to ${timeText(to)}; the table below has each stretch.`;
  return element(
    'div',
    { class: 'timeline' },
    element('div', { class: 'bars', role: 'img', 'aria-label': label }, ...bars),
    element('div', { class: 'ends' }, element('span', {}, timeText(from)), element('span', {}, timeText(to))),
  );
}

/** How much of the time there was supply, and for how long there was none, by reason. */
export function supplyText(stretches: readonly SupplyStretch[]): string {
  const seconds = new Map<string, number>();
  for (const { at, until, closed, reason } of stretches) {
    const state = closed ? '' : reason;
    seconds.set(state, (seconds.get(state) ?? 0) + until - at);
  }
  const all = [...seconds.values()].reduce((sum, each) => sum + each, 0);
  const on = seconds.get('') ?? 0;
  const off = [...seconds].filter(([reason]) => reason !== '').sort(([, a], [, b]) => b - a);
  const share = all > 0 ? `On for ${((100 * on) / all).toFixed(1)} % of the time.` : '';
  return [share, ...off.map(([reason, length]) => `Off, ${reason}: ${formatSpan(length)}.`)].join(' ');
}

function stretchText({ at, until, closed, reason }: SupplyStretch): string {
  return `${timeText(at)} to ${timeText(until)}: ${closed ? 'on' : 'off'}, ${reason}`;
}
