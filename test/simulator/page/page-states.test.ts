import { setTimeout as sleep } from 'node:timers/promises';
import type { ExecutionContext } from 'ava';
import type { Page } from 'playwright-core';
import type { MeterRow, MeterView } from '../../../simulator/page/page-state';
import { servePage } from '../../../simulator/page/serve-page';
import { browserTest, layoutShift, seriousFindings, sharedBrowser, type View } from './browser';
import { LivedSource, NOW, REGISTERS } from './lived-source';

const openPage = sharedBrowser();

interface State {
  readonly name: string;
  /** That somebody reads there. */
  readonly says: readonly string[];
  readonly row?: Partial<MeterRow>;
  readonly view?: Partial<MeterView>;
}

const OFF = { closed: false, power: 0 };
const event = (name: string, detail: string) => ({ sequence: 9, time: NOW, name, detail });
const FORGED = {
  ...{ sequence: 3, time: NOW, imported: 1, problem: 'wrong-signer', acknowledged: false, proven: false },
  digest: `0x${'cd'.repeat(32)}`,
};

const STATES: readonly State[] = [
  { name: 'on', says: ['Power is on', 'There is prepaid energy on the meter.'] },
  { name: 'low', row: { lowBalance: true }, says: ['Power is on'] },
  {
    name: 'no credit',
    row: { ...OFF, reason: 'exhausted', balance: 0 },
    says: ['Pay, and power comes back by itself.'],
  },
  { name: 'ordered off', row: { ...OFF, reason: 'ordered' }, says: ['The operator has ordered it off.'] },
  {
    name: 'over the limit',
    row: { ...OFF, reason: 'overload' },
    says: ['More power was drawn than is allowed.'],
  },
  {
    name: 'case opened',
    view: { events: [event('tamper', 'open')] },
    says: ['The case was opened.', 'tamper open'],
  },
  {
    ...{ name: 'unplugged', row: { ...OFF, reason: 'unplugged', online: false } },
    view: { power: undefined, line: undefined, balance: undefined, registers: undefined },
    says: ['The meter itself has no power.', 'offline', '– kWh'],
  },
  { name: 'network cut', row: { online: false }, says: ['Offline: payments reach it when it is back.'] },
  { name: 'unheard', row: { ...OFF, reason: 'unheard', online: false }, says: ['Not known yet'] },
  {
    ...{ name: 'power of before it was off', row: { closed: false, reason: 'ordered', power: 900 } },
    says: ['Ask the operator why.'],
  },
  {
    ...{ name: 'welded', row: { closed: false, reason: 'ordered', power: 900 } },
    view: { events: [event('currentWhileOpen', 'L1 3.91 A')] },
    says: ['Yet current has flowed: the relay is welded or bypassed.'],
  },
  {
    ...{ name: 'welded before it was on and off again', row: { closed: false, reason: 'ordered' } },
    view: { events: ['supplyOpened', 'supplyClosed', 'currentWhileOpen'].map(name => event(name, '')) },
    says: ['Ask the operator why.'],
  },
  {
    ...{ name: 'payment refused', row: { online: false } },
    view: { untaken: { energy: 2e6, refusal: 'wrong-signer' }, balanceAt: NOW - 840 },
    says: ['2.000 kWh paid, refused by the meter: wrong signer.', 'as of 17:46:00, 14 min ago'],
  },
  {
    name: 'payment not taken',
    view: { untaken: { energy: 2e6 } },
    says: ['2.000 kWh paid, not yet taken by the meter.'],
  },
  {
    name: 'fed in and withdrawn',
    view: { registers: { ...REGISTERS, withdrawn: 3e6, feedIn: 2e6 } },
    says: ['Fed in', 'Withdrawn'],
  },
  {
    ...{ name: 'forged reading', row: { unverified: 1 }, view: { readings: [FORGED] } },
    says: ['A reading is not verified.', '✗ wrong signer'],
  },
  {
    name: 'in debt',
    row: { reason: 'emergency', balance: -500_000 },
    says: ['owed ≈ 0.13 xDAI', 'this is emergency credit'],
  },
];

async function open(t: ExecutionContext, source: LivedSource, view?: View): Promise<Page> {
  const server = await servePage(source);
  t.teardown(() => server.close());
  return (await openPage(t, server.url, view)).page;
}

/** Of all, until the page shows what a state changes. */
async function enter(page: Page, source: LivedSource, { row = {}, view = {}, says }: State): Promise<void> {
  const well = {
    closed: true,
    reason: 'supplied',
    power: 100,
    balance: 1e6,
    lowBalance: false,
    online: true,
  };
  source.change('1', { ...well, unverified: 0, ...row });
  source.view = view;
  for (const text of says) await page.getByText(text).first().waitFor();
}

browserTest('in every state the page says what is the matter, and can be used by all', async t => {
  const source = new LivedSource();
  const page = await open(t, source, { width: 1000, colorScheme: 'dark' });
  for (const state of STATES) {
    await enter(page, source, state);
    t.deepEqual(await seriousFindings(page), [], state.name);
  }
  await page.emulateMedia({ forcedColors: 'active' });
  t.deepEqual(await seriousFindings(page), [], 'forced colours');
});

for (const width of [1200, 390])
  browserTest(`nothing jumps at ${width} px, whatever happens to the meter`, async t => {
    const source = new LivedSource();
    const page = await open(t, source, { width });
    for (const state of STATES) await enter(page, source, state);
    await page.getByRole('button', { name: 'Pay 1 xDAI' }).press('Enter');
    await page.getByText('done').waitFor();
    source.isPaused = true;
    await page.getByText('Paused').waitFor();
    t.is(await layoutShift(page), 0);
  });

browserTest('a connection that is lost is told, and nothing can be done until it is back', async t => {
  const source = new LivedSource();
  const server = await servePage(source);
  const { page } = await openPage(t, server.url);
  await page.getByText('Live').waitFor();
  await server.close();
  await page.getByText('The connection is lost: this was at 18:00:00. Trying again…').waitFor();
  t.deepEqual(await seriousFindings(page), []);
  await page.getByRole('button', { name: 'Pay 1 xDAI' }).press('Enter');
  await page.getByText('Not connected: nothing was done').waitFor();
  t.is(await layoutShift(page), 0);
  t.deepEqual(source.acts, []);
});

/** What has the focus: its name, and whether somebody sees that it has. */
function focus(page: Page): Promise<{ readonly name: string; readonly isVisible: boolean }> {
  return page.evaluate(() => {
    const element = document.activeElement as HTMLElement;
    // a radio's or a switch's input is hidden: its label shows the focus
    const label = element.closest('label');
    const shown = [element, ...(label === null ? [] : [label, ...label.querySelectorAll('*')])];
    const isVisible = shown.some(each => {
      const { outlineStyle, outlineWidth } = getComputedStyle(each);
      const isOutlined = outlineStyle !== 'none' && Number.parseFloat(outlineWidth) >= 2;
      return isOutlined && each.getBoundingClientRect().width > 4;
    });
    const name = element.getAttribute('aria-label') ?? (label ?? element).textContent ?? '';
    return { name, isVisible };
  });
}

browserTest(
  'all can be done by keys, with the focus in sight and where it was after each update',
  async t => {
    const source = new LivedSource(['House 1', 'House 2']);
    const page = await open(t, source);
    const names: string[] = [];
    for (let presses = 0; presses < 40 && names.at(-1) !== 'What is on'; presses++) {
      await page.keyboard.press('Tab');
      const { name, isVisible } = await focus(page);
      t.true(isVisible, `${name}: where is the focus?`);
      names.push(name);
    }
    const stops = [
      'Pause',
      'Slower',
      'all 2',
      'Meters',
      'Pay 1 xDAI',
      'Relay welded',
      '30 min',
      'power on: supplied',
    ];
    for (const stop of stops)
      t.true(
        names.some(name => name.includes(stop)),
        `${stop} among ${names.join(', ')}`,
      );
    await page.getByRole('button', { name: 'Pay 5 xDAI' }).focus();
    await page.keyboard.press('Enter');
    await page.getByText('done').waitFor();
    source.change('1', { closed: false, reason: 'exhausted' });
    await page.getByText('Power is off').waitFor();
    t.is((await focus(page)).name, 'Pay 5 xDAI');
    await page.getByRole('switch', { name: 'Relay welded' }).focus();
    await page.keyboard.press('Space');
    await page.getByRole('radio', { name: '1000 W' }).first().focus();
    await page.keyboard.press('Space');
    await page.getByRole('listbox', { name: 'Meters' }).press('ArrowDown');
    await page.getByRole('heading', { name: 'House 2' }).waitFor();
    t.deepEqual(
      source.acts.map(({ kind }) => kind),
      ['pay', 'weld', 'load'],
    );
  },
);

browserTest(
  'when the supply was off, and why, is found afterwards: by keys, by a pointer, by its event',
  async t => {
    const page = await open(t, new LivedSource());
    const readout = page.getByRole('slider', { name: 'Moment in the last half hour' });
    const text = () => readout.getAttribute('aria-valuetext');
    t.regex((await text()) ?? '', /^Now: 230 W imported · 1\.000 kWh · 230\.0 V/);
    await readout.press('PageDown');
    await readout.press('PageDown');
    await readout.press('PageDown');
    t.is(
      await text(),
      '17:40:00: 0 W imported · 0.000 kWh · 230.0 V. Power off since 17:40:00: no credit · power off: exhausted',
    );
    await readout.press('ArrowLeft');
    t.regex(
      (await text()) ?? '',
      /^17:39:50: 460 W imported · 2\.000 kWh · 230\.0 V\. Power on since 16:00:00/,
    );
    await readout.press('Escape');
    t.regex((await text()) ?? '', /^Now/);
    const chart = page.getByRole('img', { name: 'Power over the last half hour' }).locator('.u-over');
    const { width = 0 } = (await chart.boundingBox()) ?? {};
    await chart.hover({ position: { x: width / 2, y: 50 } });
    t.regex((await text()) ?? '', /^17:4.*Power off since 17:40:00: no credit/);
    await page.getByRole('option', { name: 'linked' }).click();
    await page.getByRole('slider', { name: 'Moment in the last seven days' }).getByText('linked 1').waitFor();
  },
);

browserTest('a screen reader is told of what happens, and not of every figure', async t => {
  const source = new LivedSource();
  const page = await open(t, source);
  const told = () =>
    page.evaluate(() => {
      const words = globalThis as unknown as { told?: string[] };
      if (words.told !== undefined) return words.told;
      const list: string[] = [];
      words.told = list;
      for (const region of document.querySelectorAll('[role=status], [aria-live], output'))
        new MutationObserver(() => list.push(region.textContent ?? '')).observe(region, {
          ...{ childList: true, characterData: true, subtree: true },
        });
      return list;
    });
  await told();
  for (let step = 1; step <= 10; step++) {
    source.elapsed = step;
    source.change('1', { power: 100 + step, balance: 1e6 - 1000 * step });
    source.view = {
      line: { voltage: 230 + step, current: 1, activePower: 9, powerFactor: 1, frequency: 50 },
    };
    await sleep(110);
  }
  await page.getByText('0.990 kWh').first().waitFor();
  t.deepEqual(await told(), []);
  source.change('1', { closed: false, reason: 'exhausted' });
  await page.getByText('Power is off').waitFor();
  t.regex((await told()).at(-1) ?? '', /^Power is off.*The prepaid energy is used up\./);
});

browserTest('the list stands still under a pointer, and sorts itself again when that is gone', async t => {
  const source = new LivedSource(['House 1', 'House 2', 'House 3']);
  const page = await open(t, source);
  const names = () => page.locator('.row-name').allTextContents();
  await page.getByRole('option', { name: 'House 2' }).hover();
  source.change('3', { closed: false, reason: 'fault' });
  await page.getByText('fault 1').waitFor();
  t.deepEqual(await names(), ['House 1', 'House 2', 'House 3']);
  await page.getByText('fault 1').click();
  t.deepEqual(await names(), ['House 3']);
  await page.getByText('all 3').click();
  t.deepEqual(await names(), ['House 3', 'House 1', 'House 2']);
});
