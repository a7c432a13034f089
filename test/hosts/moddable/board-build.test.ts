import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { LINKED, linkBoard } from '../../../hosts/moddable/board-build';
import { withSdk } from '../../support/sdk';

const BOARDS = readdirSync(new URL('../../../hosts/esp32/boards', import.meta.url)).map(name =>
  name.replace(/\.json$/, ''),
);
/** ms */
const BUILD_TIME = 600_000;

for (const board of BOARDS)
  withSdk(`the JavaScript half of the firmware for the board ${board} is made`, async t => {
    t.timeout(BUILD_TIME);
    const linked = readFileSync(join(await linkBoard(board), LINKED), 'utf8');
    t.true(linked.includes('hosts/esp32/main'));
    t.true(linked.includes('firmware/meter'));
  });
