import { useState } from 'react';
import type uPlot from 'uplot';
import { formatNumber, formatPower } from '../../view/format';
import type { MeterView } from '../page-state';
import { DAYS, RECENT, type SampleTail } from '../sample-tail';
import { Chart, type ChartOptions } from './chart';
import { roundUp, timeChart } from './chart-options';
import { Choice } from './choice';
import type { PageConnection } from './connection';
import { Panel } from './panel';
import { colour, prefersStill } from './theme';

type Span = 'recent' | 'days';
const SPANS = { recent: RECENT.step * RECENT.length, days: DAYS.step * DAYS.length };
/** W: less than this is not worth a scale of its own */
const LEAST_POWER = 500;

/** Shown as dashes. */
const UNKNOWN = { activePower: Number.NaN, voltage: Number.NaN, frequency: Number.NaN };

interface PowerPanelProps {
  readonly meter: MeterView;
  readonly connection: PageConnection;
}

/** Power and voltage, of the last minutes as they glide by, or of the last days. */
export function PowerPanel({ meter, connection }: PowerPanelProps) {
  const [span, setSpan] = useState<Span>('recent');
  const { activePower, voltage, frequency } = meter.line ?? UNKNOWN;
  const now = `${formatPower(Math.abs(activePower))} ${activePower < 0 ? 'exported' : 'imported'}`;
  const when = span === 'recent' ? 'the last half hour' : 'the last seven days';
  return (
    <Panel
      title="Power"
      name="power"
      aside={
        <Choice<Span>
          label="Span"
          choices={[
            ['30 min', 'recent'],
            ['7 days', 'days'],
          ]}
          value={span}
          choose={setSpan}
        />
      }
    >
      <p className="legend">
        <span className="key import">import</span>
        <span className="key export">export</span>
        <b className="number">{now}</b>
        <span className="number">
          {formatNumber(voltage, 1)} V · {formatNumber(frequency, 2)} Hz
        </span>
      </p>
      <PowerChart
        key={`p ${span}`}
        span={span}
        connection={connection}
        label={`Power over ${when}: now ${now}`}
      />
      <VoltageChart
        key={`v ${span}`}
        span={span}
        connection={connection}
        label={`Voltage over ${when}: now ${formatNumber(voltage, 1)} V`}
      />
    </Panel>
  );
}

interface SpanChartProps {
  readonly span: Span;
  readonly label: string;
  readonly connection: PageConnection;
}

function PowerChart({ span, label, connection }: SpanChartProps) {
  const draw = useTail(span, connection, ([time, imported, exported]) => [
    time as Float64Array,
    imported as Float64Array,
    (exported as Float64Array).map(watts => -watts),
  ]);
  return <Chart label={label} height={220} options={powerOptions} draw={draw} />;
}

function VoltageChart({ span, label, connection }: SpanChartProps) {
  const draw = useTail(span, connection, ([time, , , voltage]) => [
    time as Float64Array,
    voltage as Float64Array,
  ]);
  return <Chart label={label} height={120} options={voltageOptions} draw={draw} />;
}

/** Draws what of the samples is new, and moves on with the time. A chart is made anew for another span. */
function useTail(
  span: Span,
  connection: PageConnection,
  pick: (columns: Float64Array[]) => Float64Array[],
): (plot: uPlot, at: number) => void {
  const [draw] = useState(() => drawTail(span, connection, pick));
  return draw;
}

function drawTail(
  span: Span,
  connection: PageConnection,
  pick: (columns: Float64Array[]) => Float64Array[],
): (plot: uPlot, at: number) => void {
  const drawn: { tail?: SampleTail; plot?: uPlot; count: number; end: number } = { count: 0, end: 0 };
  return (plot, at) => {
    const tail = connection[span];
    const end = span === 'days' || prefersStill() ? tail.last : connection.clock.now(at);
    const isNew = tail !== drawn.tail || tail.count !== drawn.count || plot !== drawn.plot;
    if (!isNew && end === drawn.end) return;
    Object.assign(drawn, { tail, plot, count: tail.count, end });
    plot.batch(() => {
      if (isNew) plot.setData(pick(tail.columns()) as uPlot.AlignedData, false);
      plot.setScale('x', { min: end - SPANS[span], max: end });
    });
  };
}

function powerOptions(): ChartOptions {
  const area = (name: string) => ({
    stroke: colour(`--${name}`),
    fill: colour(`--${name}-area`),
    width: 1.5,
    points: { show: false },
  });
  const values = { values: (_: uPlot, splits: number[]) => powerSplits(splits) };
  return timeChart([area('import'), area('export')], values, (_, least, most) => [
    least < -1 ? -roundUp(Math.max(LEAST_POWER, -least)) : 0,
    roundUp(Math.max(LEAST_POWER, most)),
  ]);
}

/** All in W, or all in kW, without a sign: where export is, its colour says. */
function powerSplits(splits: readonly number[]): string[] {
  const isLarge = splits.some(watts => Math.abs(watts) >= 5000);
  return splits.map(Math.abs).map(watts => (isLarge ? `${watts / 1000} kW` : `${watts} W`));
}

function voltageOptions(): ChartOptions {
  const line = { stroke: colour('--voltage'), width: 1.5, points: { show: false } };
  const values = { values: (_: uPlot, splits: number[]) => splits.map(volts => `${volts} V`) };
  return timeChart([line], values, (_, least, most) => [
    Math.min(200, Math.floor((least ?? 200) / 20) * 20),
    Math.max(260, Math.ceil((most ?? 260) / 20) * 20),
  ]);
}
