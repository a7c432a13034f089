import type { Browser, Page } from 'playwright-core';
import { PageRig, startChromium } from './page-rig';
import type { BenchRow, Effort } from './row';

/** Simulated seconds per second, of one meter; a thousand live in real time */
const SPEED = 100;
/** ms from which on it is measured, when all has begun */
const WARM_UP = 1000;
/** px a frame: some 30 rows a second */
const STEP_HEIGHT = 27;
/** Of 60 frames a second; a frame takes 16.7 ms */
const FRAME_BUDGET = { atMost: 20 };
const INPUT_BUDGET = { atMost: 100 };
const SORTS = ['name', 'power', 'balance', 'trouble'];
const KEYS = ['1', '7', 'Backspace', 'Backspace'];

/** The list is another element for another order, or another search: this waits until that one is drawn. */
const AWAIT_LIST = `globalThis.drawn = new Promise(resolve => {
  let since;
  for (const type of ['keydown', 'pointerdown'])
    addEventListener(type, event => { since ??= event.timeStamp; }, { capture: true, once: true });
  const observer = new MutationObserver(() => {
    observer.disconnect();
    requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - since)));
  });
  observer.observe(document.querySelector('.meters'), { childList: true });
});
undefined`;

/**
 * The live page in Chromium, by Chromium's own trace: how it draws one meter at a hundred times real time, and a list of many
 * that is scrolled, sorted and searched. No rows where Chromium is missing, or playwright-core.
 */
export async function benchPage({ pageSeconds, pageMeters }: Effort): Promise<BenchRow[]> {
  const browser = await startChromium();
  if (browser === undefined) return [];
  try {
    return [
      ...(await benchMeter(browser, pageSeconds)),
      ...(await benchList(browser, pageSeconds, pageMeters)),
    ];
  } finally {
    await browser.close();
  }
}

async function benchMeter(browser: Browser, seconds: number): Promise<BenchRow[]> {
  const rig = await PageRig.open(browser, 1, SPEED);
  try {
    await rig.page.waitForTimeout(WARM_UP);
    const cost = await rig.measure(page => page.waitForTimeout(1000 * seconds));
    return [
      { name: `page, a meter at ${SPEED} × real time`, value: cost.rate, unit: 'frames/s' },
      { name: 'page, from frame to frame, 99 %', value: cost.late, unit: 'ms', budget: FRAME_BUDGET },
      { name: 'page, longest task', value: cost.longestTask, unit: 'ms' },
      { name: 'page, to the browser', value: cost.traffic, unit: 'KB/s' },
      { name: 'page, server and simulation', value: cost.server, unit: '% of a core' },
    ];
  } finally {
    await rig.close();
  }
}

async function benchList(browser: Browser, seconds: number, count: number): Promise<BenchRow[]> {
  const rig = await PageRig.open(browser, count, 1);
  try {
    await rig.page.getByText(`${count} of ${count} meters`).waitFor();
    await rig.page.waitForTimeout(WARM_UP);
    const cost = await rig.measure(page => scroll(page, seconds));
    const nav = rig.page.getByRole('navigation', { name: 'Meters' });
    const sorts = await inputTimes(rig.page, SORTS, name => nav.getByText(name, { exact: true }).click());
    await nav.getByRole('searchbox').click();
    const searches = await inputTimes(rig.page, KEYS, key => rig.page.keyboard.press(key));
    const list = `page, list of ${count} meters`;
    return [
      { name: `${list}, scrolled`, value: cost.late, unit: 'ms', budget: FRAME_BUDGET },
      { name: `${list}, longest task`, value: cost.longestTask, unit: 'ms' },
      { name: `${list}, sorted and drawn`, value: Math.max(...sorts), unit: 'ms', budget: INPUT_BUDGET },
      { name: `${list}, searched and drawn`, value: Math.max(...searches), unit: 'ms', budget: INPUT_BUDGET },
      { name: `${list}, to the browser`, value: cost.traffic, unit: 'KB/s' },
      { name: `${list}, server and simulation`, value: cost.server, unit: '% of a core' },
    ];
  } finally {
    await rig.close();
  }
}

/** As a wheel that never rests: there is something to draw for each frame. */
function scroll(page: Page, seconds: number): Promise<void> {
  return page.evaluate<void>(`new Promise(resolve => {
    const list = document.querySelector('.rows');
    const end = performance.now() + ${1000 * seconds};
    let step = ${STEP_HEIGHT};
    requestAnimationFrame(function scroll() {
      list.scrollTop += step;
      if (list.scrollTop <= 0 || list.scrollTop + list.clientHeight >= list.scrollHeight) step = -step;
      if (performance.now() < end) requestAnimationFrame(scroll);
      else resolve();
    });
  })`);
}

/** ms from each of some inputs until the list that it asks for is drawn */
async function inputTimes<Input>(
  page: Page,
  inputs: readonly Input[],
  give: (input: Input) => Promise<void>,
): Promise<number[]> {
  const times: number[] = [];
  for (const input of inputs) {
    await page.evaluate(AWAIT_LIST);
    await give(input);
    times.push(await page.evaluate<number>('globalThis.drawn'));
  }
  return times;
}
