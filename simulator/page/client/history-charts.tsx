import { useEffect, useRef, useState } from 'react';
import type uPlot from 'uplot';
import type { SupplyChange } from '../page-state';
import type { SampleTail } from '../sample-tail';
import { Chart, type ChartOptions } from './chart';
import { roundUp, timeChart } from './chart-options';
import type { ChosenMoment } from './chosen-moment';
import type { PageConnection } from './connection';
import { type HistorySpan, SPANS } from './history-span';
import { type OffSpan, offSpans } from './off-spans';
import { offTime } from './off-time';
import { colour, prefersStill } from './theme';

/** W, and kWh: less than this is not worth a scale of its own */
const LEAST_POWER = 500;
const LEAST_BALANCE = 0.5;
/** mWh in a kWh */
const KILOWATT_HOUR = 1e6;
/** s that the last days show at least, be there ever so little of them */
const LEAST_DAYS = 86_400;
/** ms between two pictures for who does not want things to glide */
const STILL = 1000;

interface HistoryChartsProps {
  readonly span: HistorySpan;
  readonly connection: PageConnection;
  readonly supply: readonly SupplyChange[];
  readonly moment: ChosenMoment;
}

type Columns = readonly Float64Array[];
type Values = readonly (number | null)[];

/** Power, balance and voltage above each other, over the same time. A span has charts of its own: give it as the key. */
export function HistoryCharts({ span, connection, supply, moment }: HistoryChartsProps) {
  const off = useRef<readonly OffSpan[]>([]);
  useEffect(() => {
    off.current = offSpans(supply);
  }, [supply]);
  const [charts] = useState(() => {
    const marks = (isLabelled: boolean) => ({
      ...{ plugins: [offTime({ spans: () => off.current, moment, isLabelled })] },
    });
    const draw = (pick: (columns: Columns) => Values[]) => drawTail(span, connection, moment, pick);
    return [
      {
        ...{ name: 'Power', height: 190, draw: draw(powers) },
        options: () => ({ ...powerOptions(), ...marks(true) }),
      },
      {
        ...{ name: 'Balance', height: 84, draw: draw(columns => [kilowattHours(columns[4])]) },
        options: () => ({ ...balanceOptions(), ...marks(false) }),
      },
      {
        ...{ name: 'Voltage', height: 108, draw: draw(columns => [known(columns[3])]) },
        options: () => ({ ...voltageOptions(), ...marks(false) }),
      },
    ];
  });
  return charts.map(({ name, ...chart }) => (
    <Chart key={name} {...chart} label={`${name} over ${SPANS[span].words}`} />
  ));
}

/** Draws what of the samples is new, and moves on with the time. */
function drawTail(
  span: HistorySpan,
  connection: PageConnection,
  moment: ChosenMoment,
  pick: (columns: Columns) => Values[],
): (plot: uPlot, at: number) => void {
  const drawn: {
    tail?: SampleTail;
    plot?: uPlot;
    count: number;
    end: number;
    at: number;
    time?: number | undefined;
  } = { count: 0, end: 0, at: Number.NEGATIVE_INFINITY };
  return (plot, at) => {
    const tail = connection[span];
    const isStill = prefersStill();
    const end = span === 'days' || isStill ? connection.endOf(span) : connection.clock.now(at);
    const time = moment.get();
    const isOther = tail !== drawn.tail || plot !== drawn.plot || time !== drawn.time;
    if (!isOther && ((tail.count === drawn.count && end === drawn.end) || (isStill && at - drawn.at < STILL)))
      return;
    const isNew = isOther || tail.count !== drawn.count;
    Object.assign(drawn, { tail, plot, count: tail.count, end, at, time });
    const columns = tail.columns();
    plot.batch(() => {
      if (isNew) plot.setData([columns[0] as Float64Array, ...pick(columns)] as uPlot.AlignedData, false);
      plot.setScale('x', { min: startOf(span, columns[0], end), max: end });
    });
  };
}

/** Days of which nothing is known are left out. */
function startOf(span: HistorySpan, times: Float64Array | undefined, end: number): number {
  const start = end - SPANS[span].length;
  return span === 'recent' ? start : Math.max(start, Math.min(times?.[0] ?? end, end - LEAST_DAYS));
}

/** A line ends where nothing is known. */
function known(column: Float64Array | undefined, scale = 1): Values {
  return Array.from(column ?? [], value => (Number.isNaN(value) ? null : value * scale));
}

function powers([, imported, exported]: Columns): Values[] {
  return [known(imported), known(exported, -1)];
}

function kilowattHours(column: Float64Array | undefined): Values {
  return known(column, 1 / KILOWATT_HOUR);
}

function area(name: string): uPlot.Series {
  return {
    stroke: colour(`--${name}`),
    fill: colour(`--${name}-area`),
    width: 1.5,
    points: { show: false },
  };
}

function powerOptions(): ChartOptions {
  const values = { values: (_: uPlot, splits: number[]) => powerSplits(splits) };
  const range: uPlot.Range.Function = (_, least, most) => [
    least < -1 ? -roundUp(Math.max(LEAST_POWER, -least)) : 0,
    roundUp(Math.max(LEAST_POWER, most)),
  ];
  return timeChart([area('import'), area('export')], values, range, { hasTimes: false });
}

/** All in W, or all in kW, without a sign: where export is, its colour and its side say. */
function powerSplits(splits: readonly number[]): string[] {
  const isLarge = splits.some(watts => Math.abs(watts) >= 5000);
  return splits.map(Math.abs).map(watts => (isLarge ? `${watts / 1000} kW` : `${watts} W`));
}

function balanceOptions(): ChartOptions {
  const values = { values: (_: uPlot, splits: number[]) => splits.map(energy => `${energy} kWh`) };
  const range: uPlot.Range.Function = (_, least, most) => [
    least < 0 ? -roundUp(-least) : 0,
    roundUp(Math.max(LEAST_BALANCE, most)),
  ];
  return timeChart([area('balance')], values, range, { hasTimes: false });
}

function voltageOptions(): ChartOptions {
  const line = { stroke: colour('--voltage'), width: 1.5, points: { show: false } };
  const values = { values: (_: uPlot, splits: number[]) => splits.map(volts => `${volts} V`) };
  const range: uPlot.Range.Function = (_, least, most) => [
    Math.min(200, Math.floor((least ?? 200) / 20) * 20),
    Math.max(260, Math.ceil((most ?? 260) / 20) * 20),
  ];
  return timeChart([line], values, range, { hasTimes: true });
}
