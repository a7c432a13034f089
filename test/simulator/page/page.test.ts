import test, { type ExecutionContext } from 'ava';
import { encodeEnvelope } from '../../../firmware/attest/envelope';
import { READING } from '../../../firmware/attest/signed-types';
import { SigningDomain } from '../../../firmware/attest/signing-domain';
import { kilowattHours } from '../../../firmware/energy';
import { meterTopic } from '../../../firmware/link/topics';
import { anvilPath } from '../../../simulator/chain/anvil';
import { DAY, HOUR } from '../../../simulator/house/time';
import { LiveSimulation } from '../../../simulator/live-simulation';
import type { MeterView } from '../../../simulator/page/page-state';
import { servePage } from '../../../simulator/page/serve-page';
import { SimulationSource } from '../../../simulator/page/simulation-source';
import type { SimulatedMeter } from '../../../simulator/simulated-meter';
import { Simulation, type SimulationOptions } from '../../../simulator/simulation';
import { UNIT } from '../../support/anvil';
import { crypto, key } from '../../support/messages';
import {
  browserTest,
  layoutShift,
  type OpenPage,
  screenshot,
  seriousFindings,
  sharedBrowser,
} from './browser';
import { FakeRealSource, FakeSource } from './fake-source';

const openPage = sharedBrowser();

interface Rig {
  readonly simulation: Simulation;
  readonly meter: SimulatedMeter;
  readonly live: LiveSimulation;
  readonly url: string;
  /** Until the test is over. */
  run(): void;
}

/** @param speed simulated seconds per second */
async function simulate(
  t: ExecutionContext,
  speed: number,
  options: Partial<SimulationOptions> = {},
): Promise<Rig> {
  const house = { fidelity: 'phasor', feedsGrid: true, topUps: false, start: 6 * HOUR } as const;
  const simulation = await Simulation.open({ seed: 1, meters: 1, chain: 'none', ...house, ...options });
  const live = new LiveSimulation(simulation, speed);
  const source = new SimulationSource(simulation, live);
  const server = await servePage(source);
  let running = Promise.resolve();
  t.teardown(async () => {
    live.actions.quit();
    await running;
    source.close();
    await server.close();
    await simulation.close();
  });
  const run = () => {
    running = live.run(Number.POSITIVE_INFINITY);
  };
  return { simulation, meter: simulation.meters[0] as SimulatedMeter, live, url: server.url, run };
}

/** Nothing but the server's own, and not a word about what the policy forbade. */
function assertClean(t: ExecutionContext, url: string, { requests, complaints }: OpenPage): void {
  const { host } = new URL(url);
  const own = [`http://${host}/`, `ws://${host}/live`, 'data:,'];
  t.deepEqual(
    requests.filter(request => !own.some(start => request.startsWith(start))),
    [],
  );
  t.deepEqual(complaints, []);
}

browserTest('a tenant runs out of energy, sees why, pays by a click, and has power again', async t => {
  const rig = await simulate(t, 1000);
  const opened = await openPage(t, rig.url);
  const { page } = opened;
  rig.run();
  await page.getByText('Power is on').waitFor();
  await page.getByText('4000 W').click();
  await page.getByText('Power is off').waitFor();
  await page.getByText('The prepaid energy is used up. Pay, and power comes back by itself.').waitFor();
  t.like(rig.meter.meter?.supply, { closed: false, reason: 'exhausted' });
  await page.getByText('off', { exact: true }).first().click();
  await page.getByRole('button', { name: 'Pay 5 kWh' }).press('Enter');
  await page.getByText('Power is on').waitFor();
  await page.getByText('credit applied 7.000 kWh').waitFor();
  await page.getByText('power off: exhausted').first().waitFor();
  t.true(rig.meter.meter?.supply.closed);
  const shift = await layoutShift(page);
  t.true(shift < 0.01, `it jumps: ${shift}, of which 0.1 is felt`);
  assertClean(t, rig.url, opened);
});

browserTest(
  'the plug, the network, the case and the relay are pulled, cut, opened and welded by clicks',
  async t => {
    const { meter, url, run } = await simulate(t, 60);
    const { page } = await openPage(t, url);
    run();
    await page.getByText('Power is on').waitFor();
    await page.getByText('Meter plugged in').click();
    await page.getByText('The meter itself has no power.').waitFor();
    t.false(meter.isPlugged);
    await page.getByText('Meter plugged in').click();
    await page.getByText('Power is on').waitFor();
    await page.getByText('Case open').click();
    await page.getByText('tamper open').waitFor();
    await page.getByText('Relay welded').click();
    await page.getByText("The relay's contacts are welded").waitFor();
    t.true(meter.relay.isWelded);
    await page.getByText('Supply allowed').click();
    await page.getByText('Yet current has flowed: the relay is welded or bypassed.').waitFor();
    await page.getByText('Network', { exact: true }).click();
    await page.getByText('offline', { exact: true }).first().waitFor();
    t.false(meter.network.online);
  },
);

browserTest('tariff, power limit, clouds, pace and pause are changed by clicks', async t => {
  const { meter, live, url, run } = await simulate(t, 60);
  const { page } = await openPage(t, url);
  t.true(await page.getByRole('radio', { name: 'flat' }).isChecked());
  run();
  await page.getByText('time of use', { exact: true }).click();
  await page.getByText('tariff changed').waitFor();
  await page.getByText('1000 W').last().click();
  await page.getByText('order changed').waitFor();
  await page.getByText('2000 W').click();
  await page.getByText('More power was drawn than is allowed.').waitFor();
  t.is(meter.meter?.supply.reason, 'overload');
  await page.getByText('overcast').click();
  await page.getByText('Clouds over 100 % of the sky').waitFor();
  await page.getByRole('button', { name: 'Faster' }).click();
  await page.getByText('300×').waitFor();
  await page.getByRole('button', { name: 'Pause' }).click();
  await page.getByRole('button', { name: 'Resume' }).waitFor();
  t.true(live.getState().paused);
});

browserTest('what was ordered waits for a meter without a network, and the page says so', async t => {
  const { meter, url, run } = await simulate(t, 60);
  const { page } = await openPage(t, url);
  run();
  await page.getByText('Power is on').waitFor();
  await page.getByText('Network', { exact: true }).click();
  await page.getByText('Network cut').waitFor();
  await page.getByText('double', { exact: true }).click();
  const waits = page.getByText(/Tariff ordered at .*, not confirmed by the meter/);
  await waits.waitFor();
  t.true(await page.getByRole('radio', { name: 'double' }).isChecked());
  t.deepEqual(await seriousFindings(page), []);
  await page.getByText('Network', { exact: true }).click();
  await waits.waitFor({ state: 'detached' });
  await page.getByText('tariff changed').waitFor();
  t.is(Number(meter.independent.account.debited), meter.meter?.registers?.debited as number);
});

browserTest('a forged reading is shown as forged', async t => {
  const { simulation, meter, live, url } = await simulate(t, 60);
  await live.advance(simulation.time + HOUR);
  const { page } = await openPage(t, url);
  const { reading } = simulation.account(meter).readings.at(-1) ?? t.fail('no reading');
  const domain = new SigningDomain(crypto, simulation.registry);
  const forged = { ...reading, imported: reading.imported + 1 };
  const signature = crypto.sign(domain.digest(READING, forged), key(66).privateKey);
  const topic = meterTopic(simulation.registry.chainId, meter.m3terId, 'reading');
  const forger = simulation.broker.client('forger');
  t.teardown(() => forger.endAsync(true));
  const envelope = Buffer.from(encodeEnvelope(READING, forged, signature));
  await forger.publishAsync(topic, envelope, { qos: 1 });
  await page.getByText('✗ wrong signer').waitFor();
  await page.getByText('1 not verified').waitFor();
  t.is(await page.getByText('✓ verified').count(), simulation.account(meter).readings.length - 1);
});

const circleTest = anvilPath() === undefined ? test.serial.skip : browserTest;

circleTest('a payment goes all the way round the circle: block, credit, reading, proof, reward', async t => {
  const rig = await simulate(t, 300, { chain: { chainId: 100 }, longestWait: 60 });
  const opened = await openPage(t, rig.url);
  const { page } = opened;
  rig.run();
  await page.getByRole('button', { name: 'Pay 1 xDAI' }).click();
  await page.getByText('99.00 xDAI').or(page.getByText('98.50 xDAI')).waitFor();
  const lit = page.locator('.step.lit');
  await lit.filter({ hasText: 'Proven on chain' }).waitFor();
  await lit.filter({ hasText: 'Reward' }).waitFor();
  t.is(await lit.count(), 8);
  await page.getByText('0.50 xDAI', { exact: true }).click();
  await page.getByText('A kWh costs 0.50 xDAI').waitFor();
  await page.getByRole('button', { name: 'Pay 1 xDAI' }).click();
  await page.getByText('credit applied 8.000 kWh').waitFor();
  t.is(rig.simulation.chainMarket?.chain.tariffOf(1n), UNIT / 2n);
  assertClean(t, rig.url, opened);
});

browserTest('in light and dark, wide and narrow, the page can be used by all', async t => {
  const { simulation, meter, live, url } = await simulate(t, 60);
  simulation.buy(meter, kilowattHours(20));
  await live.advance(simulation.time + 1.2 * DAY);
  const { page } = await openPage(t, url);
  await page.getByText('lasts about').waitFor();
  for (const colorScheme of ['light', 'dark'] as const)
    for (const width of [1440, 390]) {
      const view = `page-${colorScheme}-${width}`;
      await page.emulateMedia({ colorScheme });
      await page.setViewportSize({ width, height: 900 });
      t.deepEqual(await seriousFindings(page), [], view);
      const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
      t.is(overflow, 0, `${view}: nothing lies beyond its side`);
      await screenshot(t, page, view);
    }
});

browserTest('a meter that calls itself <script> is shown as text', async t => {
  const name = '<script>hacked=1</script><img src=x onerror=hacked=1>';
  const server = await servePage(new FakeSource([name, 'another']));
  t.teardown(() => server.close());
  const opened = await openPage(t, server.url);
  const { page } = opened;
  t.is(await page.getByRole('heading', { level: 1 }).textContent(), name);
  t.is(await page.locator('.row-name').first().textContent(), name);
  t.true((await page.getByText(name).count()) > 8, 'wherever it can come from');
  t.deepEqual(
    await page.evaluate(() => [
      'hacked' in globalThis,
      document.querySelectorAll('script').length,
      document.querySelectorAll('img').length,
    ]),
    [false, 1, 0],
  );
  assertClean(t, server.url, opened);
});

browserTest(
  'a thousand meters: the odd ones first, few of them in the document, found by search and keys',
  async t => {
    const source = new FakeSource(Array.from({ length: 1000 }, (_, k) => `House ${k + 1}`));
    source.change('700', { closed: false, reason: 'fault' });
    source.change('900', { unverified: 1 });
    const server = await servePage(source);
    t.teardown(() => server.close());
    const { page } = await openPage(t, server.url);
    await page.getByText('1000 of 1000 meters').waitFor();
    const names = page.locator('.row-name');
    t.deepEqual((await names.allTextContents()).slice(0, 3), ['House 700', 'House 900', 'House 1']);
    t.true((await names.count()) < 60);
    await page.getByRole('listbox', { name: 'Meters' }).press('End');
    await page.getByRole('heading', { name: 'House 1000' }).waitFor();
    await page.getByRole('listbox', { name: 'Meters' }).getByRole('option', { name: 'House 1000' }).waitFor();
    await page.getByLabel('Search').fill('house 77');
    await page.getByText('11 of 1000 meters').waitFor();
    await page.getByRole('option', { name: 'House 777' }).click();
    await page.getByRole('heading', { name: 'House 777' }).waitFor();
    t.deepEqual(await seriousFindings(page), []);
    await screenshot(t, page, 'page-list');
  },
);

browserTest('of a real meter what is not known is shown as such, and it can be ordered off', async t => {
  const source = new FakeRealSource();
  const server = await servePage(source);
  t.teardown(() => server.close());
  const { page, complaints } = await openPage(t, server.url);
  await page.getByText('Nothing was heard from the meter yet.').waitFor();
  t.is(await page.getByText('Power is off').count(), 0);
  await page.getByText('– W imported').waitFor();
  source.heard = true;
  source.change('1', { closed: true, reason: 'supplied', power: 230, balance: 5e6 });
  await page.getByText('Power is on').waitFor();
  await page.getByText('as of 00:15:00').waitFor();
  await page.getByText('Supply allowed').click();
  await page.getByText('done').waitFor();
  t.deepEqual(source.acts, [{ kind: 'supply', m3terId: '1', on: false }]);
  t.is(await page.getByRole('button', { name: /Pay|Pause/ }).count(), 0);
  t.deepEqual([await seriousFindings(page), complaints], [[], []]);
});

/** Of a real meter whose owner has limited it, and which obeys nobody else. */
class DisobeyedSource extends FakeRealSource {
  override meter(m3terId: string): MeterView | undefined {
    const view = super.meter(m3terId);
    const tariff = { name: 'another', choices: ['flat', 'another'], terms: '' };
    const pending = { supply: { at: 940, refusal: 'wrong-signer' }, tariff: {} };
    return view && { ...view, controls: { supply: true, limit: 300, tariff, pending } };
  }
}

browserTest('what a meter has refused or not answered is said, and what others ordered is shown', async t => {
  const server = await servePage(new DisobeyedSource());
  t.teardown(() => server.close());
  const { page } = await openPage(t, server.url);
  const words = 'Supply ordered at 00:15:40, refused by the meter: wrong signer.';
  await page.getByText(`${words} Tariff ordered, not confirmed by the meter.`).waitFor();
  for (const name of ['300 W', 'another']) t.true(await page.getByRole('radio', { name }).isChecked(), name);
  t.deepEqual(await seriousFindings(page), []);
});

browserTest('who has no token may look, and is offered nothing to do', async t => {
  const { url } = await simulate(t, 60);
  const { page } = await openPage(t, url.replace(/#.*/, ''));
  await page.getByText('This page may only look.').waitFor();
  t.is(await page.getByRole('button').count(), 0);
});
