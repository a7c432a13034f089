import test from 'ava';
import { Prng } from '../../../hosts/mock/prng';
import {
  clearSkyIrradiance,
  cloudTransmission,
  DEFAULT_SITE,
  SolarRoof,
  sineOfElevation,
} from '../../../simulator/house/solar';
import { DAY, HOUR, MINUTE } from '../../../simulator/house/time';

function degrees(sine: number): number {
  return (Math.asin(sine) * 180) / Math.PI;
}

test('the sun stands at noon where the almanac has it', t => {
  // 90° − |latitude − declination|: solstices in London (51.5° N), the equinox on the equator.
  t.true(Math.abs(degrees(sineOfElevation(51.5, 172, 12 * HOUR)) - 61.9) < 0.3);
  t.true(Math.abs(degrees(sineOfElevation(51.5, 355, 12 * HOUR)) - 15.1) < 0.3);
  t.true(degrees(sineOfElevation(0, 80, 12 * HOUR)) > 89);
});

test('the sun is down at midnight, rises about 6 h at the equinox, and days go on through the year', t => {
  t.true(sineOfElevation(6.5, 80, 0) < -0.9);
  t.true(Math.abs(degrees(sineOfElevation(6.5, 80, 6 * HOUR))) < 1);
  const tomorrow = sineOfElevation(40, 80, DAY + 10 * HOUR);
  t.true(Math.abs(sineOfElevation(40, 81, 10 * HOUR) - tomorrow) < 1e-9);
});

test('a clear sky gives about 1035 W/m² from the zenith and nothing by night', t => {
  t.is(clearSkyIrradiance(1).toFixed(0), '1035');
  t.is(clearSkyIrradiance(0), 0);
  t.is(clearSkyIrradiance(-0.5), 0);
});

test('a full cloud cover leaves a quarter', t => {
  t.is(cloudTransmission(0), 1);
  t.is(cloudTransmission(1), 0.25);
});

test('the roof peaks near its rating about noon, is dark by night, and clouds pass in minutes', t => {
  const roof = new SolarRoof(DEFAULT_SITE, new Prng(1));
  let peak = 0;
  const jumps: number[] = [];
  for (let time = 0; time < 10 * DAY; time += MINUTE) {
    const before = roof.power;
    roof.advance(time);
    const hour = (time % DAY) / HOUR;
    if (hour < 5.5 || hour > 18.5) t.is(roof.power, 0);
    if (hour > 11 && hour < 13 && Math.abs(roof.power - before) > 5) jumps.push(time);
    peak = Math.max(peak, roof.power);
  }
  t.true(peak > 330 && peak < 420, `${peak} W`);
  t.true(jumps.length > 100, `${jumps.length} clouds in 20 hours about noon`);
});
