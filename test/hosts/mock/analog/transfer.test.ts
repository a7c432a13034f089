import test from 'ava';
import { TYPICAL_ESP32_FRONT_END } from '../../../../hosts/mock/analog/hardware';
import { FULL_SCALE, transferOf } from '../../../../hosts/mock/analog/transfer';

const { converter } = TYPICAL_ESP32_FRONT_END;
const IDEAL = { ...converter, gainError: 0, offset: 0, bend: 0, ripple: 0 };
const slope = 1 / IDEAL.millivoltsPerCount;

test('between its ends a converter without bends is straight, from the voltage on that reads as 0', t => {
  const curve = transferOf(IDEAL);
  for (const millivolts of [142, 150, 1300, 2450])
    t.true(Math.abs((curve[millivolts] as number) - (millivolts - 142) * slope) < 1e-9);
});

test('above 2450 mV it grows denser until it ends at some 3.2 V, and it never turns back', t => {
  const curve = transferOf(IDEAL);
  t.true((curve[3000] as number) - (curve[2990] as number) > 1.5 * 10 * slope);
  const top = curve.findIndex(counts => counts >= FULL_SCALE);
  t.true(top > 3100 && top < 3250, `${top} mV`);
  for (const each of [IDEAL, converter])
    t.true(transferOf(each).every((counts, k, all) => k === 0 || counts > (all[k - 1] as number) - 1e-9));
});

test('the bends reach several counts near both ends of the usable range, of either sign, and little between', t => {
  const straight = transferOf({ ...converter, bend: 0, ripple: 0 });
  const bent = transferOf(converter);
  const bendAt = (millivolts: number) => (bent[millivolts] as number) - (straight[millivolts] as number);
  t.true(bendAt(170) > 5 && bendAt(170) < 12, `${bendAt(170)}`);
  t.true(bendAt(2360) < -5 && bendAt(2360) > -12, `${bendAt(2360)}`);
  t.true(Math.abs(bendAt(1280)) < 1.5, `${bendAt(1280)}`);
});

test('gain error and offset do what they say', t => {
  const curve = transferOf({ ...IDEAL, gainError: 10, offset: -5 });
  t.true(Math.abs((curve[1142] as number) - (1000 * 1.1 * slope - 5)) < 1e-9);
});
