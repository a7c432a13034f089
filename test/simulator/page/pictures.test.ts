import { readdirSync, readFileSync } from 'node:fs';
import test from 'ava';
import { pngFacts } from './png';

/** Bytes: a clone is to stay small */
const LARGEST = 200_000;

test('the pictures of the page in the documents show something, and are small', t => {
  const pictures = readdirSync('docs').filter(name => name.endsWith('.png'));
  t.deepEqual(pictures, ['page-list.png', 'page-phone.png', 'page.png']);
  for (const name of pictures) {
    const png = readFileSync(`docs/${name}`);
    const { width, height, variety } = pngFacts(png);
    t.true(width >= 390 && height >= 700, `${name}: ${width} by ${height}`);
    t.true(variety > 100, `${name}: ${variety} values`);
    t.true(png.length < LARGEST, `${name}: ${png.length} bytes`);
  }
});
