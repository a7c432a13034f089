import uPlot from 'uplot';
import type { ChartOptions } from './chart';
import { colour } from './theme';

/** px that the numbers beside a chart take, so that the charts above each other agree */
const AXIS_SIZE = 58;
const FONT = '12px system-ui, sans-serif';
/** What a scale's end may be, times a power of ten */
const ROUND = [1, 2, 3, 5, 10];

/** The next round number that is not smaller. */
export function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (ROUND.find(step => step * power >= value * 0.999) ?? 10);
}

/** An axis in the page's colours. */
export function axis(options: uPlot.Axis): uPlot.Axis {
  const line = { stroke: colour('--line'), width: 1 };
  return {
    size: 28,
    font: FONT,
    stroke: colour('--faint'),
    grid: line,
    ticks: { ...line, size: 4 },
    ...options,
  };
}

/** An axis of values on the left, of a fixed width. */
export function valueAxis(options: uPlot.Axis): uPlot.Axis {
  return axis({ size: AXIS_SIZE, space: 34, ...options });
}

/** A chart over time, in UTC, which is the house's own. @param hasTimes whether they stand below it */
export function timeChart(
  series: uPlot.Series[],
  values: uPlot.Axis,
  range: uPlot.Range.MinMax | uPlot.Range.Function,
  { hasTimes }: { readonly hasTimes: boolean },
): ChartOptions {
  const times = hasTimes ? {} : { size: 6, ticks: { show: false } };
  return {
    // on the right half of the last time, which may stand at the very end
    padding: [8, 20, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    tzDate: seconds => uPlot.tzDate(new Date(seconds * 1000), 'Etc/UTC'),
    scales: { x: { time: true }, y: { range } },
    axes: [
      axis({ space: 80, values: (_, splits) => splits.map(hasTimes ? timeText : () => ''), ...times }),
      valueAxis(values),
    ],
    series: [{}, ...series],
  };
}

/** HH:MM, or the day at midnight. */
function timeText(seconds: number): string {
  const iso = new Date(seconds * 1000).toISOString();
  const time = iso.slice(11, 16);
  return time === '00:00' ? iso.slice(5, 10) : time;
}
