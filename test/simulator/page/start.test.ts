import { readFileSync } from 'node:fs';
import test from 'ava';
import { anvilPath } from '../../../simulator/chain/anvil';
import { M3ter } from '../../support/m3ter';
import { browserTest, sharedBrowser } from './browser';

const COMMAND = 'node simulator/m3ter.js ';
const PAGE = /^page (\S+)$/m;

// from the sources, as for everybody, and not from what was bundled for the tests
delete process.env.NODE_OPTIONS;

const openPage = sharedBrowser();
const startTest = anvilPath() === undefined ? test.serial.skip : browserTest;

startTest('`npm start` opens on a page on which one has power, pays, and sees it arrive', async t => {
  const { scripts } = JSON.parse(readFileSync('package.json', 'utf8')) as {
    readonly scripts: { readonly start: string };
  };
  t.true(scripts.start.startsWith(COMMAND), scripts.start);
  const simulate = new M3ter(scripts.start.slice(COMMAND.length).split(' '));
  t.teardown(() => simulate.signal('SIGKILL'));
  await simulate.until('it says where the page is', () => PAGE.test(simulate.out));
  const { page, complaints } = await openPage(t, PAGE.exec(simulate.out)?.[1] ?? '');
  await page.getByText('Power is on').waitFor();
  const balance = page.locator('.balance-energy');
  const before = Number.parseFloat(await balance.innerText());
  t.true(before > 0, `${before} kWh`);
  const lit = page.locator('.step.lit');
  t.is(await lit.filter({ hasText: '1.00 xDAI' }).count(), 0);
  await page.getByRole('button', { name: 'Pay 1 xDAI' }).click();
  await lit.filter({ hasText: 'Payment' }).filter({ hasText: '1.00 xDAI' }).waitFor();
  await lit.filter({ hasText: 'Credit' }).filter({ hasText: '6.000 kWh' }).waitFor();
  const after = Number.parseFloat(await balance.innerText());
  t.true(after > before + 3, `for 1 xDAI there are 4 kWh: ${before} kWh, then ${after} kWh`);
  t.deepEqual(complaints, []);
  simulate.signal('SIGINT');
  t.like(await simulate.finished(), { code: 0, err: '' });
});
