import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { type Board, boardPins, readBoard } from '../../hosts/esp32/board';
import { readDocument, tableOf } from './document';

const DOCUMENT = readDocument('wiring.md');
const NAMES = readdirSync('hosts/esp32/boards').map(file => file.replace('.json', ''));
/** Ω of R1, V at which the meter cuts off, A of the table's burden */
const R1 = 220_000;
const CUT_OFF = 276;
const BREAKER = 60;

/** Of ADC1 (ESP-IDF, ADC channels) */
const ADC_PIN: Readonly<Record<string, (channel: number) => number>> = {
  esp32: channel => (channel < 4 ? 36 : 28) + channel,
  esp32c3: channel => channel,
  esp32s3: channel => channel + 1,
};

interface Phase {
  readonly voltage: { readonly voltsPerVolt: number };
  readonly current: { readonly ratio: number; readonly burdenOhms: number };
}

function configOf(name: string): { readonly phases?: readonly Phase[] } {
  return JSON.parse(readFileSync(`hosts/esp32/boards/${name}.json`, 'utf8')).config.board;
}

function pinsOf(board: Board): number[] {
  const { sensor } = board;
  const channels = sensor.type === 'adc' ? sensor.channels : [];
  return [
    ...boardPins(board),
    ...channels.map(channel => (ADC_PIN[board.chip] as (n: number) => number)(channel)),
  ];
}

function numbersIn(text: string): number[] {
  return [...text.matchAll(/\d+(?:\.\d+)?/g)].map(Number);
}

/** V to either side of the middle, by the document's table of chips. */
function halfRange(board: Board): number {
  const names: Readonly<Record<string, string>> = {
    esp32: 'ESP32',
    esp32c3: 'ESP32-C3',
    esp32s3: 'ESP32-S3',
  };
  const row =
    tableOf(DOCUMENT, 'The front end of one phase').find(([chip]) => chip === names[board.chip]) ?? [];
  const [least = 0, greatest = 0] = numbersIn(row[1] ?? '');
  const [rest = 0] = numbersIn(row[2] ?? '');
  return Math.min(greatest - rest, rest - least);
}

/** The row of a board in the table of voltages (`kind` 0) or of currents. */
function rowOf(name: string, kind: 0 | 1): string[] {
  const rows = tableOf(DOCUMENT, 'The front end of one phase').filter(([board]) => board === `\`${name}\``);
  return rows[kind] ?? [];
}

for (const name of NAMES) {
  const board = readBoard(configOf(name));
  const [phase] = configOf(name).phases ?? [];

  test(`the drawing of ${name} has its pins and no others`, t => {
    const drawing = readFileSync(`docs/wiring/${name}.svg`, 'utf8');
    const drawn = [...drawing.matchAll(/GPIO (\d+)/g)].map(([, pin]) => Number(pin));
    t.deepEqual(drawn.toSorted(byNumber), pinsOf(board).toSorted(byNumber));
    t.true(DOCUMENT.includes(`(wiring/${name}.svg)`));
  });

  test(`the table of pins has those of ${name}`, t => {
    const [, ...cells] = tableOf(DOCUMENT, 'Pins').find(([cell]) => cell === `\`${name}\``) ?? [];
    t.deepEqual(numbersIn(cells.join(' ')).toSorted(byNumber), pinsOf(board).toSorted(byNumber));
  });

  if (phase === undefined) continue;
  test(`the values of the front end of ${name} follow from the formulas`, t => {
    const u = halfRange(board);
    const { voltsPerVolt } = phase.voltage;
    const { ratio, burdenOhms } = phase.current;
    const [, most, r2 = '', k, largest, dividers = '', bias] = rowOf(name, 0);
    const [ohms = 0] = numbersIn(r2);
    const [r3 = 0, r4 = 0] = numbersIn(dividers);
    t.is(Number(k), voltsPerVolt);
    t.is(largest, `${Math.round((u * voltsPerVolt) / Math.SQRT2)} V`);
    t.is(most, `${Math.round((R1 * u) / (Math.SQRT2 * CUT_OFF))} Ω`);
    t.true(ohms <= (R1 * u) / (Math.SQRT2 * CUT_OFF));
    t.is(voltsPerVolt, Math.round(R1 / ohms));
    t.is(bias, `${((3.3 * r4) / (r3 + r4)).toFixed(2)} V`);
    const [, burden, current, needed] = rowOf(name, 1);
    t.is(Number(burden), burdenOhms);
    t.is(current, `${Math.round((u * ratio) / burdenOhms / Math.SQRT2)} A`);
    t.is(needed, `${Math.round((ratio * u) / (Math.SQRT2 * BREAKER))} Ω`);
  });
}

for (const file of readdirSync('docs/wiring'))
  test(`${file} stands alone, in light and dark, and says in words what it shows`, t => {
    const svg = readFileSync(`docs/wiring/${file}`, 'utf8');
    t.regex(svg, /^<svg xmlns="http:\/\/www.w3.org\/2000\/svg" viewBox="0 0 \d+ \d+"[^>]* role="img"/);
    t.regex(svg, /<title id="title">.+<\/title>\n {2}<desc id="desc">.+<\/desc>/);
    t.true(svg.includes('prefers-color-scheme: dark'));
    t.notRegex(svg, /<script|href|url\(|@import|<image/);
    const open: string[] = [];
    for (const [, end, name = '', empty] of svg.matchAll(/<(\/?)([a-z]+)[^>]*?(\/?)>/g))
      if (end) t.is(open.pop(), name);
      else if (!empty) open.push(name);
    t.deepEqual(open, []);
  });

function byNumber(a: number, b: number): number {
  return a - b;
}
