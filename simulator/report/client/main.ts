import { extentText } from '../extent-text';
import type { ReportData } from '../report-data';
import 'uplot/dist/uPlot.min.css';
import './report.css';
import { totalsDownload } from './downloads';
import { element, timeText } from './elements';
import { MeterView } from './meter-view';
import { darkScheme, palette } from './palette';
import { energyTable, nameOf, readingTable } from './totals-table';

const EXPLANATION =
  'Debited is what was imported, weighed by the tariff; fed in is what was earned by export; the balance is credited − ' +
  'withdrawn + fed in − debited. A reading behind a missing one is signed but not verified: what was between is not known.';
const data = JSON.parse(byId('data').textContent ?? '') as ReportData;
const place = element('div');
let view: MeterView | undefined;

byId('report').replaceChildren(
  element('h1', {}, data.title),
  element('p', {}, `${timeText(data.from)} to ${timeText(data.to)}, all times UTC`),
  ...(data.partial ? [element('p', { class: 'partial', role: 'note' }, extentText(data.partial))] : []),
  ...data.notes.map(note => element('p', { class: 'note' }, note)),
  element('h2', {}, 'Totals'),
  energyTable(data.meters.map(({ totals }) => totals)),
  readingTable(data.meters.map(({ totals }) => totals)),
  element('p', { class: 'note' }, EXPLANATION),
  element('p', { class: 'links' }, totalsDownload(data)),
  ...(data.meters.length > 1 ? [chooser()] : []),
  place,
);
show(0);
new ResizeObserver(() => view?.fit()).observe(place);
darkScheme.addEventListener('change', () => view?.paint(palette(false)));
addEventListener('beforeprint', () => {
  view?.paint(palette(true));
  view?.fit(true);
});
addEventListener('afterprint', () => {
  view?.paint(palette(false));
  view?.fit();
});

function show(index: number): void {
  const meter = data.meters[index];
  if (meter === undefined) return;
  view = new MeterView(meter, data.from, data.to);
  place.replaceChildren(view.root);
  view.paint(palette(false));
}

function chooser(): HTMLElement {
  const options = data.meters.map(({ totals }, index) =>
    element('option', { value: String(index) }, nameOf(totals)),
  );
  const select = element('select', {}, ...options);
  select.addEventListener('change', () => show(Number(select.value)));
  return element('label', { class: 'chooser' }, 'M3ter ', select);
}

function byId(id: string): HTMLElement {
  const found = document.getElementById(id);
  if (found === null) throw new Error(`report: expected an element ${id}, got none`);
  return found;
}
