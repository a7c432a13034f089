/**
 * Takes the picture of the page for README.md, docs/page.png: a simulated house on its chain, in the evening, after a payment
 * went all the way round the circle. Needs anvil, and Debian's Chromium.
 */

import { chromium } from 'playwright-core';
import { HOUR, MINUTE } from '../simulator/house/time';
import { LiveSimulation } from '../simulator/live-simulation';
import { servePage } from '../simulator/page/serve-page';
import { SimulationSource } from '../simulator/page/simulation-source';
import { Simulation } from '../simulator/simulation';

const PICTURE = 'docs/page.png';
const XDAI = 10n ** 18n;
/** px */
const SIZE = { width: 1200, height: 1110 };

const simulation = await Simulation.open({
  seed: 1,
  meters: 1,
  chain: {},
  fidelity: 'phasor',
  feedsGrid: true,
  topUps: false,
  start: 6 * HOUR,
  longestWait: HOUR / 2,
});
const live = new LiveSimulation(simulation, 60);
const source = new SimulationSource(simulation, live);
const server = await servePage(source);
const browser = await chromium.launch({ executablePath: '/usr/bin/chromium', args: ['--no-sandbox'] });
try {
  const [meter] = simulation.meters;
  if (meter === undefined) throw new Error('expected a meter, got none');
  simulation.pay(meter, 5n * XDAI);
  await live.advance(simulation.time + 37 * HOUR);
  simulation.pay(meter, XDAI);
  await live.advance(simulation.time + 70 * MINUTE);
  const page = await browser.newPage({ viewport: SIZE, colorScheme: 'light' });
  await page.goto(server.url);
  await page.getByText('lasts about').waitFor();
  await page.locator('.step.lit', { hasText: 'Reward' }).waitFor();
  // the charts have drawn
  await page.waitForTimeout(1000);
  await page.screenshot({ path: PICTURE });
} finally {
  await browser.close();
  source.close();
  await server.close();
  await simulation.close();
}
