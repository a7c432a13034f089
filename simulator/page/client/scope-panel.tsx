import { useEffect, useRef, useState } from 'react';
import type uPlot from 'uplot';
import { formatNumber } from '../../view/format';
import type { ScopeView } from '../page-state';
import { Chart, type ChartOptions } from './chart';
import { axis, roundUp, valueAxis } from './chart-options';
import { Figure, Panel } from './panel';
import { colour } from './theme';

/** V: the peak of 230 V, and half of a cycle's swell more */
const VOLTAGE_REACH = 400;
/** A: less than this is noise */
const LEAST_CURRENT = 0.5;

interface ScopePanelProps {
  readonly scope: ScopeView;
  /** Hz; 0: the meter does not know */
  readonly frequency: number;
}

/** Two cycles of voltage and current, and what they are made of. */
export function ScopePanel({ scope, frequency }: ScopePanelProps) {
  const { voltage, current, powerFactor, voltageDistortion, currentDistortion } = scope;
  const latest = useRef(scope);
  useEffect(() => {
    latest.current = scope;
  }, [scope]);
  const [draw] = useState(() => drawLatest(latest));
  const label = `Two cycles of ${formatNumber(voltage, 1)} V and ${formatNumber(current, 2)} A`;
  return (
    <Panel title="Scope" name="scope" aside={<span className="faint">the line itself, not the meter</span>}>
      <p className="legend">
        <span className="key voltage">voltage</span>
        <span className="key current">current</span>
      </p>
      <Chart label={label} height={220} options={scopeOptions} draw={draw} />
      <dl className="figures">
        <Figure name="Voltage, RMS">{formatNumber(voltage, 1)} V</Figure>
        <Figure name="Current, RMS">{formatNumber(current, 2)} A</Figure>
        <Figure name="Power factor">{formatNumber(powerFactor, 2)}</Figure>
        <Figure name="Frequency">{formatNumber(frequency || Number.NaN, 2)} Hz</Figure>
        <Figure name="THD, voltage">{percent(voltageDistortion)}</Figure>
        <Figure name="THD, current">{percent(currentDistortion)}</Figure>
      </dl>
    </Panel>
  );
}

function percent(ratio: number | undefined): string {
  return ratio === undefined ? '–' : `${formatNumber(100 * ratio, 1)} %`;
}

function drawLatest(latest: { readonly current: ScopeView }): (plot: uPlot) => void {
  let drawn: ScopeView | undefined;
  let drawnOn: uPlot | undefined;
  return plot => {
    const { current } = latest;
    if (current === drawn && plot === drawnOn) return;
    drawn = current;
    drawnOn = plot;
    const milliseconds = current.volts.map((_, k) => (k * current.samplePeriod) / 1000);
    plot.setData([milliseconds, [...current.volts], [...current.amps]]);
  };
}

function scopeOptions(): ChartOptions {
  const line = (name: string, scale: string) => ({
    scale,
    stroke: colour(`--${name}`),
    width: 1.5,
    points: { show: false },
  });
  return {
    padding: [8, 0, 0, 0],
    legend: { show: false },
    cursor: { show: false },
    scales: {
      x: { time: false },
      V: { range: [-VOLTAGE_REACH, VOLTAGE_REACH] },
      A: {
        range: (_, least, most) => {
          const reach = roundUp(Math.max(LEAST_CURRENT, -least, most));
          return [-reach, reach];
        },
      },
    },
    axes: [
      axis({ space: 60, values: (_, splits) => splits.map(ms => `${ms} ms`) }),
      valueAxis({ scale: 'V', values: (_, splits) => splits.map(volts => `${volts} V`) }),
      valueAxis({
        scale: 'A',
        side: 1,
        grid: { show: false },
        values: (_, splits) => splits.map(amps => `${formatNumber(amps, amps % 1 === 0 ? 0 : 1)} A`),
      }),
    ],
    series: [{}, line('voltage', 'V'), line('current', 'A')],
  };
}
