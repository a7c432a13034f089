import test from 'ava';
import fc from 'fast-check';
import { milliwattHours } from '../../../firmware/energy';
import {
  abbreviate,
  formatClock,
  formatDate,
  formatEnergy,
  formatError,
  formatForecast,
  formatHours,
  formatNumber,
  formatPower,
  formatSigned,
  formatSpan,
  oneLine,
} from '../../../simulator/view/format';

test('numbers keep their decimals and fit nine characters', t => {
  t.is(formatNumber(229.96, 1), '230.0');
  t.is(formatNumber(-0.004, 2), '0.00');
  t.is(formatNumber(-0.5, 2), '−0.50');
  t.is(formatNumber(Number.NaN, 2), '–');
  t.is(formatNumber(Number.NEGATIVE_INFINITY, 2), '–');
  fc.assert(fc.property(fc.double(), value => t.true(formatNumber(value, 1).length <= 9)));
});

test('power turns to kW at 10 kW', t => {
  t.is(formatPower(9999.4), '9999 W');
  t.is(formatPower(9999.5), '10.0 kW');
  t.is(formatPower(-43.2), '−43 W');
});

test('energy shows to the Wh, a debt with its sign, the unknown as a dash', t => {
  t.is(formatEnergy(1_234_499), '1.234 kWh');
  t.is(formatEnergy(-1_000), '−0.001 kWh');
  t.is(formatEnergy(-400), '0.000 kWh');
  t.is(formatEnergy(281_474_976_710_655), '281474977 kWh');
  t.is(formatEnergy(undefined), '– kWh');
});

test('a forecast is in tenths of hours, hours, days and hours, and days, the longer the coarser', t => {
  const texts = [0, 9.9, 9.96, 23.4, 23.6, 51, 239.4, 239.6, 300.5, 719.9, 720].map(formatHours);
  const expected = [
    '0.0 h',
    '9.9 h',
    '10 h',
    '23 h',
    '1 d',
    '2 d 3 h',
    '9 d 23 h',
    '10 d',
    '12 d',
    '30 d',
    '30 d+',
  ];
  t.deepEqual(texts, expected);
  t.deepEqual([Number.NaN, -1].map(formatHours), ['– h', '– h']);
  const use = { dayUse: milliwattHours(5_000_000), dayUseError: milliwattHours(400_000) };
  const forecast = { hoursLeft: 229, early: 212, late: 239.4, ...use };
  t.is(formatForecast(forecast), '9 d 13 h (8 d 20 h–9 d 23 h)');
  t.is(formatForecast(undefined), '–');
});

test('the error is in per cent of the true energy, and a dash while there is next to none', t => {
  t.is(formatError(1_001_000, 1_000_000), '+0.100 %');
  t.is(formatError(999_000, 1_000_000), '−0.100 %');
  t.is(formatError(-1_001_000, -1_000_000), '−0.100 %');
  t.is(formatError(5, 999), '– %');
  t.is(formatError(5, Number.NaN), '– %');
  t.is(formatSigned(0, 1), '0.0');
});

test('times show in UTC, and a time that no calendar has as a dash', t => {
  t.is(formatClock(86_399), '23:59:59');
  t.is(formatDate(0), '1970-01-01');
  t.is(formatDate(1e15), '–');
  t.is(formatClock(Number.NaN), '–');
  t.deepEqual([90, 600, 12_600].map(formatSpan), ['90 s', '10 min', '3.5 h']);
});

test('long names lose their middle and text from elsewhere its control characters', t => {
  t.is(abbreviate('1234567890', 6, 4), '1234567890');
  t.is(abbreviate('123456789012', 6, 4), '123456…9012');
  t.is(oneLine('a\u001b[31m\r\nb\u0000'), 'a [31m b');
});
