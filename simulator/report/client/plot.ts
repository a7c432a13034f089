import uPlot from 'uplot';
import type { Palette } from './palette';

/** One line, row of bars or cloud of points of a plot. */
export interface PlotSeries {
  readonly label: string;
  readonly color: keyof Omit<Palette, 'text' | 'grid'>;
  readonly kind: 'line' | 'dashed' | 'bars' | 'dots' | 'rings' | 'blots';
  /** As many as there are times; null: nothing there */
  readonly values: readonly (number | null)[];
}

export interface PlotData {
  /** Of the vertical axis */
  readonly unit: string;
  /** Instead of numbers, what 0, 1, 2, ... on the vertical axis stand for */
  readonly names?: readonly string[];
  /** The vertical axis begins there, as that of bars must, whose length counts. */
  readonly fromZero?: true;
  /** Unix seconds, ascending */
  readonly times: readonly number[];
  readonly series: readonly PlotSeries[];
}

const HEIGHT = 260;
/** Diameters of points, px: they differ by more than their colour. */
const POINT_SIZES = { dots: 4, rings: 8, blots: 11 } as const;
/** A pointer over one plot, or a stretch zoomed into, is shown by all. */
const SYNC = { key: 'report', scales: ['x', null] as [string, null] };

/** What stands at the ticks of the time, by s between two: alone, and below where a year, a day or a minute begins. */
const TIME_TICKS = [
  [365 * 86_400, '{YYYY}', null, null, null, null, null, null, 1],
  [28 * 86_400, '{YYYY}-{MM}', null, null, null, null, null, null, 1],
  [86_400, '{MM}-{DD}', '\n{YYYY}', null, null, null, null, null, 1],
  [60, '{HH}:{mm}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
  [1, '{HH}:{mm}:{ss}', '\n{YYYY}-{MM}-{DD}', null, '\n{MM}-{DD}', null, null, null, 1],
];

/**
 * Draws a plot; drag to zoom, double click to see all again.
 * @param span of all plots of a page, Unix seconds
 * @param width px
 */
export function drawPlot(
  target: HTMLElement,
  { unit, names, fromZero, times, series }: PlotData,
  span: readonly [from: number, to: number],
  colors: Palette,
  width: number,
): uPlot {
  const axis = {
    stroke: colors.text,
    grid: { stroke: colors.grid, width: 1 },
    ticks: { stroke: colors.grid },
  };
  const isWhole = (least: number | null, most: number | null) => least === times[0] && most === times.at(-1);
  const range = (_: uPlot, least: number | null, most: number | null): uPlot.Range.MinMax =>
    isWhole(least, most) ? [span[0], Math.max(span[1], span[0] + 1)] : [least, most];
  const options: uPlot.Options = {
    width,
    height: HEIGHT,
    tzDate: time => uPlot.tzDate(new Date(time * 1000), 'Etc/UTC'),
    cursor: { sync: SYNC },
    scales: {
      x: { range },
      ...(names && { y: { range: [-0.5, names.length - 0.5] } }),
      ...(fromZero && {
        y: { range: (_: uPlot, __: number, most: number) => uPlot.rangeNum(0, most, 0.1, true) },
      }),
    },
    axes: [
      { ...axis, values: TIME_TICKS },
      { ...axis, label: unit, size: 70, ...(names && { ...namedTicks(names), size: 130 }) },
    ],
    series: [
      { label: 'UTC', value: '{YYYY}-{MM}-{DD} {HH}:{mm}:{ss}' },
      ...series.map(one => seriesOptions(one, colors)),
    ],
  };
  const data = [times, ...series.map(({ values }) => values)] as unknown as uPlot.AlignedData;
  return new uPlot(options, data, target);
}

function namedTicks(names: readonly string[]): uPlot.Axis {
  const splits = names.map((_, index) => index);
  return { splits: () => splits, values: (_, places) => places.map(place => names[place] ?? '') };
}

function seriesOptions({ label, color, kind }: PlotSeries, colors: Palette): uPlot.Series {
  const stroke = colors[color];
  const line = { label, stroke, width: 2, spanGaps: false };
  if (kind === 'line') return line;
  if (kind === 'dashed') return { ...line, dash: [8, 5] };
  const { bars } = uPlot.paths;
  if (kind === 'bars' && bars)
    return { ...line, fill: stroke, paths: bars({ size: [0.6, 14, 3] }), points: { show: false } };
  const size = POINT_SIZES[kind as keyof typeof POINT_SIZES];
  return {
    ...line,
    paths: () => null,
    points: { show: true, size, stroke, width: 2, ...(kind !== 'rings' && { fill: stroke }) },
  };
}
