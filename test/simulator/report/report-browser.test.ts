import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import test, { type ExecutionContext } from 'ava';
import { type Browser, chromium, type Page } from 'playwright-core';
import { tableCsv } from '../../../simulator/report/report-csv';
import type { MeterTables, ReportData } from '../../../simulator/report/report-data';
import { reportHtml } from '../../../simulator/report/report-html';
import { reportedMeter } from '../../../simulator/report/reported-meter';

const CHROMIUM = '/usr/bin/chromium';
const withBrowser = existsSync(CHROMIUM) ? test.serial : test.serial.skip;
const HOSTILE = '</script><script>document.title="hacked"</script><img src=x onerror=alert(1)>';
const START = 1_800_000_000;
const QUARTERS = Array.from({ length: 200 }, (_, k) => START + 900 * k);
const READINGS = {
  made: 9,
  received: 9,
  verified: 8,
  unverified: 1,
  missing: 1,
  acknowledged: 5,
  malformed: 0,
};

const TABLES: MeterTables = {
  energy: QUARTERS.map((at, k) => ({ at, imported: 1e4 * k, exported: 5e3 * k, balance: 2e6 - 1e4 * k })),
  accuracy: QUARTERS.map((at, k) => ({
    ...{ at, imported: 1e4 * k, trueImported: 1e4 * k, importedError: Math.sin(k / 9) },
    ...{ exported: 0, trueExported: 0, exportedError: null },
  })),
  supply: [
    { at: START, until: START + 90_000, closed: true, reason: 'supplied' },
    { at: START + 90_000, until: START + 180_000, closed: false, reason: HOSTILE },
  ],
  readings: QUARTERS.map((at, k) => ({
    ...{ at, sequence: k < 100 ? k : k + 40, acknowledged: k < 150 },
    ...(k === 180 ? { verified: false, problems: 'wrong-signer' } : { verified: true, problems: '' }),
  })),
  gaps: [{ at: START + 900 * 99, until: START + 900 * 100, first: 100, last: 139 }],
  purchases: [{ at: START + 9000, energy: 2e6 }],
  events: [
    { at: START, sequence: 1, name: 'boot', detail: HOSTILE, verified: true },
    { at: START + 50_000, sequence: 2, name: 'event 999', detail: '=1+1', verified: false },
  ],
};

function reportOf(...ids: string[]): ReportData {
  const meters = ids.map(m3terId =>
    reportedMeter({ m3terId, readings: READINGS, events: 2, purchases: 1, cutOffs: 0 }, TABLES, 1000),
  );
  return { title: HOSTILE, notes: [HOSTILE], from: START, to: START + 180_000, meters, further: [] };
}

let browser: Browser | undefined;
test.after.always(() => browser?.close());

interface Opened {
  readonly page: Page;
  /** What the page complained of, or asked for beside itself. */
  readonly complaints: readonly string[];
}

async function open(
  t: ExecutionContext,
  data: ReportData,
  width = 1000,
  colorScheme: 'light' | 'dark' = 'light',
): Promise<Opened> {
  const folder = mkdtempSync(join(tmpdir(), 'm3ter-report-'));
  t.teardown(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'report.html');
  writeFileSync(file, await reportHtml(data));
  browser ??= await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  const page = await browser.newPage({ viewport: { width, height: 700 }, colorScheme });
  t.teardown(() => page.close());
  const complaints: string[] = [];
  const address = pathToFileURL(file).href;
  page.on('console', message => complaints.push(message.text()));
  page.on('pageerror', error => complaints.push(String(error)));
  page.on('request', request => request.url() === address || complaints.push(request.url()));
  await page.goto(address);
  await page.waitForSelector('canvas');
  return { page, complaints };
}

/** How many colours each plot shows. */
function colours(page: Page): Promise<number[]> {
  return page.$$eval('canvas', canvases =>
    (canvases as HTMLCanvasElement[]).map(canvas => {
      const context = canvas.getContext('2d');
      const pixels = context?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      return new Set(new Uint32Array((pixels as Uint8ClampedArray).buffer)).size;
    }),
  );
}

withBrowser(
  'the page opens from a file, asks for nothing, complains of nothing, and its plots are drawn',
  async t => {
    const { page, complaints } = await open(t, reportOf('7'));
    const drawn = await colours(page);
    t.is(drawn.length, 6);
    t.true(
      drawn.every(count => count > 10),
      `${drawn}`,
    );
    t.deepEqual(await page.$$eval('h2', heads => heads.map(head => head.textContent)), [
      ...['Totals', 'Energy', 'Balance', 'Supply', 'Purchases', 'Accuracy', 'Readings and gaps', 'Events'],
    ]);
    const bars = await page.$$eval('.bars > div', made => made.map(bar => [bar.className, bar.textContent]));
    t.deepEqual(bars, [
      ['closed', 'on: supplied'],
      ['open', `off: ${HOSTILE}`],
    ]);
    t.deepEqual(complaints, []);
  },
);

withBrowser('what a meter says is shown as text and does nothing', async t => {
  const { page, complaints } = await open(t, reportOf('7'));
  t.is(await page.title(), 'M3ter report');
  t.is(await page.textContent('h1'), HOSTILE);
  t.is(await page.locator('td', { hasText: HOSTILE }).count(), 2);
  t.is(await page.locator('img').count(), 0);
  t.is(await page.locator('script').count(), 2);
  t.deepEqual(complaints, []);
});

withBrowser('what is plotted can be had as CSV from the page itself', async t => {
  const { page, complaints } = await open(t, reportOf('7'));
  const waiting = page.waitForEvent('download');
  await page.locator('a[download="m3ter-7-events.csv"]').click();
  const path = await (await waiting).path();
  t.is(readFileSync(path, 'utf8'), tableCsv('events', TABLES.events));
  t.deepEqual(
    complaints.filter(text => !text.startsWith('blob:')),
    [],
  );
});

withBrowser('of many meters one is chosen, and it fits a dark telephone', async t => {
  const { page, complaints } = await open(t, reportOf('7', '8'), 360, 'dark');
  await page.selectOption('select', '1');
  t.is(await page.locator('a[download="m3ter-8-energy.csv"]').count(), 2);
  t.is(await page.evaluate('document.documentElement.scrollWidth'), 360);
  t.is(await page.evaluate('getComputedStyle(document.body).backgroundColor'), 'rgb(22, 22, 22)');
  t.true((await colours(page)).every(count => count > 10));
  t.deepEqual(complaints, []);
});
