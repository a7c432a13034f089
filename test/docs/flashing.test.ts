import { existsSync, readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { RESTART_CAUSES } from '../../hosts/esp32/restart-cause';
import { findIdf, findSdk } from '../../hosts/moddable/sdk';
import { blocksOf, codesIn, readDocument, tableOf } from './document';

const DOCUMENT = readDocument('flashing.md');
const PACKAGE = JSON.parse(readFileSync('package.json', 'utf8'));

test('the table of partitions is that of the boards', t => {
  const partitions = readFileSync('hosts/esp32/partitions.csv', 'utf8')
    .split('\n')
    .filter(line => line !== '' && !line.startsWith('#'))
    .map(line => line.split(',').map(cell => cell.trim()))
    .map(([name, , , offset, size]) => [`\`${name}\``, offset, size]);
  t.deepEqual(
    tableOf(DOCUMENT, 'The flash').map(row => row.slice(0, 3)),
    partitions,
  );
});

test('the documented complaints are those of the builds', t => {
  const said = [
    () => findSdk({}),
    () => findSdk({ MODDABLE: '/nowhere' }),
    () => findIdf({}),
    () => findIdf({ IDF_PATH: '.', PATH: '/nowhere' }),
  ].map(find => t.throws(find)?.message ?? '');
  const documented = tableOf(DOCUMENT, 'What you need').map(([cell = '']) => codesIn(cell)[0] ?? '');
  t.is(documented.length, said.length);
  for (const [k, beginning] of documented.entries())
    t.true(said[k]?.includes(beginning.replace('…', '')), said[k]);
});

test('each npm script, folder and board that is named exists', t => {
  const text = blocksOf(DOCUMENT)
    .map(({ body }) => body)
    .join('\n');
  for (const [, script = ''] of `${DOCUMENT}${text}`.matchAll(/npm run ([\w:]+)/g))
    t.true(script in PACKAGE.scripts, script);
  const boards = readdirSync('hosts/esp32/boards');
  for (const [, board = ''] of text.matchAll(/--board (\S+)/g))
    t.true(boards.includes(`${board}.json`), board);
  for (const folder of ['development', 'production']) t.true(existsSync(`hosts/esp32/sdkconfig/${folder}`));
});

test('each cause of a start is named', t => {
  for (const cause of [...RESTART_CAUSES, 'rollback']) t.true(DOCUMENT.includes(`\`${cause}\``), cause);
});
