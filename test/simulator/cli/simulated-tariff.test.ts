import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import test from 'ava';
import { simulateCommand } from '../../../simulator/cli/simulate';
import { readSimulatedTariff } from '../../../simulator/cli/simulated-tariff';
import { Failure } from '../../../simulator/errors';
import type { SimulationReport } from '../../../simulator/simulation-report';
import { TIME_OF_USE } from '../../../simulator/time-of-use';
import { runCommand } from '../../support/run-command';

const FOLDER = mkdtempSync(join(tmpdir(), 'm3ter-tariff-'));
const DOUBLE = {
  ...{ version: 3, validFrom: 0, feedInFactor: 0 },
  bands: [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 2000 }],
};

function fileOf(content: unknown): string {
  const path = join(FOLDER, `${Math.random()}.json`);
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('a house is simulated on the tariff of a file, which its meter and the world both go by', async t => {
  const words = ['--days', '0.1', '--json', '--tariff', fileOf(DOUBLE)];
  const ran = await runCommand(simulateCommand, ...words);
  t.deepEqual([ran.exitCode, ran.error], [0, '']);
  const [meter] = (JSON.parse(ran.lines.join('\n')) as SimulationReport).meters;
  const { imported = 0, debited, feedIn, balance, independent } = meter ?? {};
  t.true(imported > 0);
  t.is<unknown, unknown>(debited, 2 * imported);
  t.deepEqual<unknown, unknown>(independent, { debited, feedIn, balance });
});

test('a tariff is known by its name, and one by a file of the directive’s fields', t => {
  t.is(readSimulatedTariff('time-of-use'), TIME_OF_USE);
  t.deepEqual(readSimulatedTariff(fileOf(DOUBLE)), DOUBLE);
});

test('a file that holds no tariff is one clear line', t => {
  const [band] = DOUBLE.bands;
  const cases: [unknown, RegExp][] = [
    ['no JSON', /tariff: expected an object of version, validFrom, feedInFactor, bands$/],
    [{ ...DOUBLE, price: 3 }, /tariff: expected an object of version/],
    [{ ...DOUBLE, version: 0 }, /version: expected a version of 1 or more$/],
    [{ ...DOUBLE, validFrom: 'now' }, /validFrom: expected a whole number up to 9007199254740991$/],
    [{ ...DOUBLE, feedInFactor: 0.8 }, /feedInFactor: expected a whole number up to 65535$/],
    [{ ...DOUBLE, bands: {} }, /bands: expected a list$/],
    [{ ...DOUBLE, bands: [{ ...band, days: 'mon' }] }, /bands\.0\.days: expected a whole number up to 255$/],
    [{ ...DOUBLE, bands: [{ ...band, days: 128 }] }, /bands: expected at most 16, each from a minute/],
    [{ ...DOUBLE, bands: new Array(17).fill(band) }, /bands: expected at most 16/],
  ];
  for (const [content, message] of cases)
    t.throws(() => readSimulatedTariff(fileOf(content)), { instanceOf: Failure, message });
  const message = 'tariff file /no/such: expected a readable file, got ENOENT';
  t.throws(() => readSimulatedTariff('/no/such'), { instanceOf: Failure, message });
});
