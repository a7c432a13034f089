import test from 'ava';
import { plainStatusLine } from '../../../simulator/view/plain-status-line';
import { CHAIN_EXAMPLE, EXAMPLE } from './example-state';

test('the plain line tells the essentials in one line of text', t => {
  t.is(
    plainStatusLine(EXAMPLE),
    '2026-03-24 18:42:07  224.6 V  1328 W  balance 0.382 kWh (low)  lasts 1.4 h (0.6 h–1 d 2 h)  ' +
      'supply on (balance)  network up  readings 7/8 verified  error −0.014 %',
  );
});

test('where there is a chain, the plain line tells the price, the money and what was proved', t => {
  const end = '  a kWh 0.25 xDAI  household 98.50 xDAI  paid 1.00 xDAI in block 213  proved #64  reward 3.12';
  t.is(plainStatusLine(CHAIN_EXAMPLE), `${plainStatusLine(EXAMPLE)}${end}`);
});

test('the plain line has a dash in place of a forecast that there is not', t => {
  t.true(plainStatusLine({ ...EXAMPLE, forecast: undefined }).includes('  lasts –  supply on'));
});

test('the plain line never shows a zero for a balance that is not known, nor a voltage for a meter without power', t => {
  const line = plainStatusLine({ ...EXAMPLE, balance: undefined, plugged: false, reason: 'a\nb' });
  t.true(line.includes('unplugged  balance – kWh (low)  lasts 1.4 h (0.6 h–1 d 2 h)  supply on (a b)'), line);
});
