import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import test, { type ExecutionContext } from 'ava';
import axe from 'axe-core';
import { type Browser, chromium, type Page } from 'playwright-core';
import { pngFacts } from './png';

const CHROMIUM = '/usr/bin/chromium';
const SCREENSHOTS = 'build/screenshots';
/** ms: for whatever is awaited, on a machine that is busy */
const PATIENCE = 60_000;

/** A test in Debian's Chromium: skipped where it is not installed. One after the other, as they share it. */
export const browserTest = existsSync(CHROMIUM) ? test.serial : test.serial.skip;

export interface View {
  readonly width?: number;
  readonly height?: number;
  readonly colorScheme?: 'light' | 'dark';
}

export interface OpenPage {
  readonly page: Page;
  /** All that it asked for, anywhere. */
  readonly requests: readonly string[];
  /** All that it complained of: errors, and what the content security policy forbade. */
  readonly complaints: readonly string[];
}

/** One browser for the tests of a file. */
export function sharedBrowser(): (t: ExecutionContext, url: string, view?: View) => Promise<OpenPage> {
  let browser: Browser | undefined;
  test.before(async () => {
    // as root, as in a container, Chromium has no sandbox; the page is our own
    if (existsSync(CHROMIUM))
      browser = await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox'] });
  });
  test.after.always(() => browser?.close());
  return async (t, url, { width = 1440, height = 1000, colorScheme = 'light' } = {}) => {
    if (browser === undefined) throw new Error('browser: asked for before it was started');
    const context = await browser.newContext({ viewport: { width, height }, colorScheme });
    t.teardown(() => context.close());
    const page = await context.newPage();
    page.setDefaultTimeout(PATIENCE);
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', request => requests.push(request.url()));
    page.on('websocket', socket => requests.push(socket.url()));
    page.on('pageerror', error => complaints.push(String(error)));
    page.on('console', message => {
      if (message.type() !== 'log') complaints.push(message.text());
    });
    await page.goto(url);
    await page.getByRole('heading', { name: 'Supply' }).waitFor();
    return { page, requests, complaints };
  };
}

/** How far things have jumped that nobody moved: the sum of the scores of the Layout Instability API. */
export function layoutShift(page: Page): Promise<number> {
  return page.evaluate(
    () =>
      new Promise<number>(resolve => {
        type Shift = PerformanceEntry & { readonly value: number; readonly hadRecentInput: boolean };
        const observer = new PerformanceObserver(list => {
          const shifts = (list.getEntries() as Shift[]).filter(({ hadRecentInput }) => !hadRecentInput);
          resolve(shifts.reduce((sum, { value }) => sum + value, 0));
        });
        observer.observe({ type: 'layout-shift', buffered: true });
        // without a shift there is no call
        setTimeout(() => resolve(0), 500);
      }),
  );
}

/** What axe finds on the page, or the part of it that a selector names, that keeps people from using it. */
export async function seriousFindings(page: Page, part = 'html'): Promise<string[]> {
  // as DevTools would: the page's own policy lets no other script in
  await page.evaluate(axe.source);
  const { violations } = await page.evaluate(
    selector => (globalThis as unknown as { axe: typeof axe }).axe.run(selector),
    part,
  );
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`);
}

/** Keeps a picture of the page, and finds that there is something on it. */
export async function screenshot(t: ExecutionContext, page: Page, name: string): Promise<void> {
  const png = await page.screenshot({ fullPage: true });
  mkdirSync(SCREENSHOTS, { recursive: true });
  writeFileSync(join(SCREENSHOTS, `${name}.png`), png);
  const { width, height, variety } = pngFacts(png);
  t.is(width, page.viewportSize()?.width ?? 0, name);
  t.true(height >= 700, name);
  t.true(variety > 100, `${name}: ${variety} values`);
}
