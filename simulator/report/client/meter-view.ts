import type uPlot from 'uplot';
import type { ReportedMeter, TableName } from '../report-data';
import { tableDownload } from './downloads';
import { element, folded, timeText } from './elements';
import type { Palette } from './palette';
import { drawPlot } from './plot';
import {
  accuracyPlot,
  balancePlot,
  energyPlot,
  eventPlot,
  type PlotSection,
  purchasePlot,
  readingPlot,
} from './plots';
import { supplyText, supplyTimeline } from './supply-timeline';

/** px: of a plot on A4 */
const PRINT_WIDTH = 660;

/** Everything about one meter; its plots are painted when it is on the page. */
export class MeterView {
  readonly root = element('div');
  readonly #span: readonly [from: number, to: number];
  readonly #plots: { readonly target: HTMLElement; readonly section: PlotSection; drawn?: uPlot }[] = [];

  constructor(meter: ReportedMeter, from: number, to: number) {
    this.#span = [from, to];
    this.#addPlot(meter, ['energy'], energyPlot(meter));
    this.#addPlot(meter, ['energy'], balancePlot(meter));
    this.#add(meter, 'Supply', ['supply'], supplyParts(meter, from, to));
    this.#addPlot(meter, ['purchases'], purchasePlot(meter));
    this.#addPlot(meter, ['accuracy'], accuracyPlot(meter));
    this.#addPlot(meter, ['readings', 'gaps'], readingPlot(meter), readingParts(meter));
    this.#addPlot(meter, ['events'], eventPlot(meter), eventParts(meter));
  }

  /** Paints all plots anew, in these colours. */
  paint(colors: Palette): void {
    for (const plot of this.#plots) {
      plot.drawn?.destroy();
      plot.drawn = drawPlot(plot.target, plot.section.plot, this.#span, colors, plot.target.clientWidth);
    }
  }

  /** Makes the plots as wide as they may be. */
  fit(forPrint = false): void {
    for (const { target, drawn } of this.#plots)
      drawn?.setSize({ width: forPrint ? PRINT_WIDTH : target.clientWidth, height: drawn.height });
  }

  #addPlot(
    meter: ReportedMeter,
    names: readonly TableName[],
    section: PlotSection,
    parts: readonly Node[] = [],
  ): void {
    const { title, caption, plot } = section;
    if (plot.times.length === 0) {
      this.#add(meter, title, names, [element('p', {}, `Nothing of this is known. ${caption}`)]);
      return;
    }
    const target = element('div', { class: 'plot', role: 'img', 'aria-label': caption });
    const figure = element('figure', {}, target, element('figcaption', {}, caption));
    this.#plots.push({ target, section });
    this.#add(meter, title, names, [figure, ...parts]);
  }

  #add(meter: ReportedMeter, title: string, names: readonly TableName[], parts: readonly Node[]): void {
    const filled = names.filter(name => meter.tables[name].length > 0);
    const links = element('p', { class: 'links' }, ...filled.map(name => tableDownload(meter, name)));
    for (const name of filled) {
      const [shown, all] = [meter.tables[name].length, meter.counts[name]];
      if (shown < all) links.append(`${shown} of ${all} rows shown: ${name}`);
    }
    this.root.append(element('section', {}, element('h2', {}, title), ...parts, links));
  }
}

function supplyParts({ tables: { supply } }: ReportedMeter, from: number, to: number): Node[] {
  if (supply.length === 0) return [element('p', {}, 'Nothing of this is known.')];
  const rows = supply.map(({ at, until, closed, reason }) => [
    ...[timeText(at), timeText(until)],
    ...[closed ? 'on' : 'off', reason],
  ]);
  return [
    element('p', {}, supplyText(supply)),
    supplyTimeline(supply, from, to),
    folded('Each stretch', ['From', 'Until', 'Supply', 'Why'], rows),
  ];
}

function readingParts({ tables: { readings, gaps } }: ReportedMeter): Node[] {
  const bad = readings.filter(({ verified }) => !verified);
  const badRows = bad.map(({ at, sequence, problems }) => [timeText(at), String(sequence), problems]);
  const gapRows = gaps.map(({ at, until, first, last }) => [
    ...[timeText(at), timeText(until)],
    ...[first, last, last - first + 1].map(String),
  ]);
  return [
    folded('Not verified', ['Time', 'Sequence', 'Why'], badRows),
    folded('Missing', ['After', 'Before', 'First', 'Last', 'Readings'], gapRows),
  ];
}

function eventParts({ tables: { events } }: ReportedMeter): Node[] {
  const rows = events.map(({ at, sequence, name, detail, verified }) => [
    ...[timeText(at), String(sequence), name, detail],
    verified ? 'yes' : 'no',
  ]);
  return [folded('Each event', ['Time', 'Sequence', 'Event', 'Detail', 'Verified'], rows.reverse())];
}
