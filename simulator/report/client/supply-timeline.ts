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

function stretchText({ at, until, closed, reason }: SupplyStretch): string {
  return `${timeText(at)} to ${timeText(until)}: ${closed ? 'on' : 'off'}, ${reason}`;
}
