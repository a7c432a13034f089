import { readFileSync } from 'node:fs';
import test from 'ava';
import { MUTATIONS } from '../../scripts/mutants/mutations';

const ROOT = new URL('../../', import.meta.url);

test('each mutation finds its text exactly once, and changes it', t => {
  for (const { name, file, find, replace } of MUTATIONS) {
    const places = readFileSync(new URL(file, ROOT), 'utf8').split(find).length - 1;
    t.is(places, 1, `"${name}" is out of date`);
    t.not(find, replace);
  }
});
