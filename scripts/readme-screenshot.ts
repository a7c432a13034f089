/**
 * Takes the pictures of the page for README.md: docs/page.png, a simulated house on its chain, in the evening, after a payment
 * went all the way round the circle; docs/page-phone.png, the same on a phone in the dark, its credit used up; and
 * docs/page-list.png, a street of houses, some of them in trouble. Needs anvil, and Debian's Chromium.
 */

import { type Browser, chromium, type Page } from 'playwright-core';
import { HOUR, MINUTE } from '../simulator/house/time';
import { LiveSimulation } from '../simulator/live-simulation';
import { servePage } from '../simulator/page/serve-page';
import { SimulationSource } from '../simulator/page/simulation-source';
import type { SimulatedMeter } from '../simulator/simulated-meter';
import { Simulation, type SimulationOptions } from '../simulator/simulation';

const XDAI = 10n ** 18n;
/** px */
const DESKTOP = { width: 1200, height: 1310 };
const LIST = { width: 1280, height: 740 };
const PHONE = { width: 390, height: 844 };
const STREET = 24;

interface Shown {
  readonly simulation: Simulation;
  readonly source: SimulationSource;
  readonly url: string;
  readonly meter: SimulatedMeter;
  /** Lets so many simulated seconds pass. */
  advance(seconds: number): Promise<void>;
}

const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  await show({ meters: 1, chain: {} }, pictureOne);
  await show({ meters: STREET, chain: 'none' }, pictureMany);
} finally {
  await browser.close();
}

async function show(
  options: Pick<SimulationOptions, 'meters' | 'chain'>,
  picture: (shown: Shown, browser: Browser) => Promise<void>,
): Promise<void> {
  const house = { fidelity: 'phasor', feedsGrid: true, topUps: false, start: 6 * HOUR } as const;
  const simulation = await Simulation.open({ seed: 1, longestWait: HOUR / 2, ...house, ...options });
  const live = new LiveSimulation(simulation, 60);
  const source = new SimulationSource(simulation, live);
  const server = await servePage(source);
  const [meter] = simulation.meters;
  if (meter === undefined) throw new Error('expected a meter, got none');
  const advance = (seconds: number) => live.advance(simulation.time + seconds);
  try {
    await picture({ simulation, source, url: server.url, meter, advance }, browser);
  } finally {
    source.close();
    await server.close();
    await simulation.close();
  }
}

async function pictureOne({ simulation, source, url, meter, advance }: Shown): Promise<void> {
  simulation.pay(meter, 5n * XDAI);
  await advance(37 * HOUR);
  simulation.pay(meter, XDAI);
  await advance(70 * MINUTE);
  const page = await browser.newPage({ viewport: DESKTOP, colorScheme: 'light' });
  await page.goto(url);
  await page.getByText('lasts about').waitFor();
  await page.locator('.step.lit', { hasText: 'Reward' }).waitFor();
  await take(page, 'docs/page.png');
  const m3terId = String(meter.m3terId);
  await source.act({ kind: 'load', m3terId, watts: 4000 });
  while (meter.meter?.supply.closed) await advance(MINUTE);
  await source.act({ kind: 'load', m3terId, watts: 0 });
  await advance(4 * MINUTE);
  await page.emulateMedia({ colorScheme: 'dark' });
  await page.setViewportSize(PHONE);
  await page.getByText('Power is off').waitFor();
  await take(page, 'docs/page-phone.png');
}

async function pictureMany({ source, url, advance }: Shown): Promise<void> {
  await advance(3 * HOUR);
  await source.act({ kind: 'plug', m3terId: '3', on: false });
  await source.act({ kind: 'supply', m3terId: '5', on: false });
  await source.act({ kind: 'network', m3terId: '9', on: false });
  await source.act({ kind: 'limit', m3terId: '17', watts: 500 });
  await source.act({ kind: 'load', m3terId: '17', watts: 2000 });
  await advance(5 * MINUTE);
  const page = await browser.newPage({ viewport: LIST, colorScheme: 'light' });
  await page.goto(url);
  await page.getByRole('option', { name: 'House 17' }).click();
  await page.getByText('More power was drawn than is allowed.').waitFor();
  await page.mouse.move(0, 0);
  await take(page, 'docs/page-list.png');
}

/** Once the charts have drawn. */
async function take(page: Page, path: string): Promise<void> {
  await page.waitForTimeout(1500);
  await page.screenshot({ path });
}
