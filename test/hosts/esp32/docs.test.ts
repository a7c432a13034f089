import { readFileSync } from 'node:fs';
import test from 'ava';
import { isSupplying } from '../../../firmware/supply/judge';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';
import { displayText } from '../../../hosts/esp32/display-text';
import { BLINK_CODES } from '../../../hosts/esp32/led';
import { productionConfig } from '../../../hosts/esp32/sdkconfig/production';
import { consoleRig } from './console-rig';

const DOCUMENT = readFileSync('docs/esp32.md', 'utf8');
const PASSWORD = 'correct horse battery';

/** The table under a heading, its rows without head and borders. */
function table(heading: string): string[][] {
  const section = DOCUMENT.split(/^## /m).find(text => text.startsWith(heading)) ?? '';
  const rows = section.split('\n').filter(line => line.startsWith('|'));
  return rows.slice(2).map(row =>
    row
      .slice(1, -1)
      .split('|')
      .map(cell => cell.trim()),
  );
}

test('the documented session is what the console says, to the letter', async t => {
  const session = /```text\n(.*?)```/s.exec(DOCUMENT)?.[1]?.trimEnd() ?? '';
  const { terminal } = await consoleRig();
  terminal.type('\r');
  const said = () => terminal.text.replaceAll('\r', '').trimStart();
  while (said().length < session.length && session.startsWith(said())) {
    const [typed = ''] = session.slice(said().length).split('\n');
    terminal.type(`${typed === '' ? PASSWORD : typed}\r`);
  }
  t.is(said().trimEnd(), session);
});

test('the table of blink codes is that of the LED', t => {
  const described = Object.values(BLINK_CODES).map(({ pattern, meaning }) => {
    const parts = pattern.map((time, index) => `${index % 2 === 0 ? 'lit' : 'dark'} ${time / 1000} s`);
    return [pattern.length === 1 ? 'lit' : parts.join(', '), meaning];
  });
  t.deepEqual(table('The LED'), described);
});

test('every word that four digits can show is explained', t => {
  const details = {
    voltage: 0,
    current: 0,
    activePower: 0,
    address: undefined,
    m3terId: undefined,
    hoursLeft: undefined,
  };
  const words = Object.keys(SUPPLY_REASONS)
    .filter(reason => !isSupplying(reason as SupplyReason))
    .map(
      reason =>
        displayText(
          'balance',
          {
            closed: false,
            reason,
            balance: 0,
            lowBalance: true,
            criticalBalance: false,
            relayFault: false,
            online: true,
          },
          details,
          true,
        ).digits,
    );
  const explained = table('Display and button').map(([digits = '']) => digits.replaceAll('`', ''));
  t.deepEqual([...explained].sort(), [...new Set(words)].sort());
});

test('every setting that burns an eFuse is in the table of what is for good', t => {
  const burning = new Set(
    (['esp32', 'esp32c3', 'esp32s3'] as const).flatMap(chip =>
      [...productionConfig(chip).matchAll(/^CONFIG_(SECURE_\w+)=y$/gm)].map(([, name = '']) => name),
    ),
  );
  // What `SECURE_BOOT` burns depends on its version.
  burning.delete('SECURE_BOOT');
  const listed = new Set(table('Production').map(([setting = '']) => setting.replaceAll('`', '')));
  for (const name of burning) t.true(listed.has(name), name);
});
