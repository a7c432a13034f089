import type { ReadingPoint, ReportedMeter } from '../report-data';
import type { PlotData, PlotSeries } from './plot';

const MILLIWATT_HOURS_PER_KILOWATT_HOUR = 1e6;

/** A section of the page that is a plot. */
export interface PlotSection {
  readonly title: string;
  /** What is to be seen, for those who see it and those who do not */
  readonly caption: string;
  readonly plot: PlotData;
}

export function energyPlot(meter: ReportedMeter): PlotSection {
  const energy = withBreaks(meter);
  return {
    title: 'Energy',
    caption:
      'The registers of what was taken from the grid and what was given to it, over time; no line where nothing is known.',
    plot: {
      unit: 'kWh',
      times: energy.map(({ at }) => at),
      series: [
        {
          label: 'imported',
          color: 'blue',
          kind: 'line',
          values: energy.map(row => kilowattHours(row.imported)),
        },
        {
          label: 'exported',
          color: 'orange',
          kind: 'dashed',
          values: energy.map(row => kilowattHours(row.exported)),
        },
      ],
    },
  };
}

export function balancePlot(meter: ReportedMeter): PlotSection {
  const energy = withBreaks(meter);
  const values = energy.map(row => kilowattHours(row.balance));
  return {
    title: 'Balance',
    caption:
      'What is left of what was bought, over time; below zero is debt; no line where nothing is known.',
    plot: {
      unit: 'kWh',
      times: energy.map(({ at }) => at),
      series: [{ label: 'balance', color: 'green', kind: 'line', values }],
    },
  };
}

interface EnergyOrBreak {
  readonly at: number;
  readonly imported: number | null;
  readonly exported: number | null;
  readonly balance: number | null;
}

/** With an empty row where readings are missing, or the meter had no power: a line across would look like knowledge. */
function withBreaks({ tables: { energy, gaps, supply } }: ReportedMeter): readonly EnergyOrBreak[] {
  const unknown = [...gaps, ...supply.filter(({ reason }) => reason === 'unplugged')];
  const breaks = unknown.map(({ at, until }) => {
    return { at: (at + until) / 2, imported: null, exported: null, balance: null };
  });
  return [...energy, ...breaks].sort((a, b) => a.at - b.at);
}

export function purchasePlot({ tables: { purchases } }: ReportedMeter): PlotSection {
  const values = purchases.map(({ energy }) => kilowattHours(energy));
  return {
    title: 'Purchases',
    caption: 'Energy that was bought, when the meter, or the simulation, says so.',
    plot: {
      unit: 'kWh',
      fromZero: true,
      times: purchases.map(({ at }) => at),
      series: [{ label: 'bought', color: 'green', kind: 'bars', values }],
    },
  };
}

export function accuracyPlot({ tables: { accuracy } }: ReportedMeter): PlotSection {
  const imported = accuracy.map(({ importedError }) => importedError);
  const exported = accuracy.map(({ exportedError }) => exportedError);
  return {
    title: 'Accuracy',
    caption: 'How far the registers are off the energy that truly flowed, in % of it, from 0.1 kWh on.',
    plot: {
      unit: '%',
      times: accuracy.map(({ at }) => at),
      series: [
        { label: 'imported', color: 'blue', kind: 'line', values: imported },
        { label: 'exported', color: 'orange', kind: 'dashed', values: exported },
      ],
    },
  };
}

/** A line for each kind of event. */
export function eventPlot({ tables: { events } }: ReportedMeter): PlotSection {
  const names = [...new Set(events.map(({ name }) => name))].sort().reverse();
  const series = (label: string, kind: PlotSeries['kind'], color: PlotSeries['color'], isOne: boolean) => ({
    ...{ label, kind, color },
    values: events.map(({ name, verified }) => (verified === isOne ? names.indexOf(name) : null)),
  });
  return {
    title: 'Events',
    caption:
      'What happened, over time. Rings: the meter has signed it; large dots: somebody else, or nobody, has.',
    plot: {
      ...{ unit: '', names, times: events.map(({ at }) => at) },
      series: [series('signed', 'rings', 'blue', true), series('not verified', 'blots', 'red', false)],
    },
  };
}

/** A missing stretch is a line from the first to the last that is missing, between the readings around it. */
export function readingPlot({ tables: { readings, gaps } }: ReportedMeter): PlotSection {
  const marks = [
    ...gaps.flatMap(({ at, until, first, last }) => [
      mark(at, 2, first, 'missing'),
      mark(until, 0, last, 'missing'),
    ]),
    ...readings.map(reading => mark(reading.at, 1, reading.sequence, markOf(reading))),
  ].sort((a, b) => a.at - b.at || a.rank - b.rank);
  const series = (
    label: string,
    kind: PlotSeries['kind'],
    color: PlotSeries['color'],
    name: Mark,
  ): PlotSeries => ({
    ...{ label, kind, color },
    values: marks.map(one => (one.name === name ? one.sequence : null)),
  });
  return {
    title: 'Readings and gaps',
    caption:
      'The number of each reading over time. Dots: verified and acknowledged; rings: verified, not acknowledged; ' +
      'dashed lines: missing; orange rings: signed, but what was before is missing; large dots: not to be believed.',
    plot: {
      unit: 'sequence',
      times: marks.map(({ at }) => at),
      series: [
        series('verified, acknowledged', 'dots', 'green', 'acknowledged'),
        series('verified, not acknowledged', 'rings', 'blue', 'waiting'),
        series('behind a gap', 'rings', 'orange', 'behind'),
        series('not verified', 'blots', 'red', 'unverified'),
        series('missing', 'dashed', 'orange', 'missing'),
      ],
    },
  };
}

type Mark = 'acknowledged' | 'waiting' | 'behind' | 'unverified' | 'missing';

function markOf({ verified, acknowledged, problems }: ReadingPoint): Mark {
  if (verified) return acknowledged ? 'acknowledged' : 'waiting';
  return problems === 'out-of-sequence' ? 'behind' : 'unverified';
}

/** @param rank among those of the same moment: a gap's end comes before a reading, its begin after */
function mark(at: number, rank: number, sequence: number, name: Mark) {
  return { at, rank, sequence, name };
}

function kilowattHours(energy: number): number;
function kilowattHours(energy: number | null): number | null;
function kilowattHours(energy: number | null): number | null {
  return energy === null ? null : energy / MILLIWATT_HOURS_PER_KILOWATT_HOUR;
}
