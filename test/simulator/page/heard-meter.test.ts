import test from 'ava';
import type { Reading } from '../../../firmware/attest/signed-types';
import { encodeTelemetry } from '../../../firmware/attest/telemetry';
import { HeardMeter, lineOf } from '../../../simulator/page/heard-meter';
import { drawing } from '../../support/meter-rig';

const NOW = 1_800_000_000;
const QUARTER = 900;

function telemetry(watts: number, timestamp = NOW): Uint8Array {
  return encodeTelemetry(1, timestamp, drawing(watts, 200));
}

function reading(change: Partial<Reading>): Reading {
  const nothing = { debited: 0, credited: 0, withdrawn: 0, feedIn: 0, status: 0 };
  const hashes = { telemetry: new Uint8Array(32), previous: new Uint8Array(32) };
  return {
    m3terId: 1n,
    sequence: 1,
    timestamp: NOW,
    imported: 0,
    exported: 0,
    ...nothing,
    ...hashes,
    ...change,
  };
}

test('what a meter says now is on the line, what the broker has kept only while it is online', t => {
  const heard = new HeardMeter();
  t.true(heard.take('telemetry', telemetry(500, NOW - 60), true, NOW));
  t.is(heard.telemetry, undefined);
  heard.take('online', Buffer.from('true'), true, NOW);
  t.is(heard.telemetry?.phases[0]?.activePower, 500);
  heard.take('online', Buffer.from('false'), false, NOW);
  t.is(heard.telemetry, undefined);
  heard.take('telemetry', telemetry(-700), false, NOW);
  t.true(heard.isOnline);
  t.deepEqual(heard.recent.since(0).samples, [
    [NOW - 60, 500, 0, 230, null],
    [NOW, 0, 700, 230, null],
  ]);
});

test('the last half hour is what came, in the order of time and no more than 180 samples', t => {
  const heard = new HeardMeter();
  for (let second = 0; second < 1000; second++)
    heard.take('telemetry', telemetry(500, 2 ** 40), false, NOW + second);
  const times = heard.recent.since(0).samples.map(([time]) => time);
  t.is(times.length, 180);
  t.true(times.every((time, index) => index === 0 || time - (times[index - 1] as number) >= 2));
  heard.take('telemetry', telemetry(500, 2 ** 40), true, NOW);
  heard.take('history', telemetry(500, 0), false, NOW + 2000);
  t.is(heard.recent.last, times.at(-1) as number);
});

test('the days are means between readings that are a quarter of an hour apart', t => {
  const heard = new HeardMeter();
  const days = () => heard.days.since(0).samples;
  heard.takeReading(reading({}));
  heard.take('history', telemetry(0), false, NOW);
  heard.takeReading(reading({ timestamp: NOW + 300, imported: 100_000 }));
  t.deepEqual(days(), []);
  const registers = { imported: 250_000, exported: 25_000, debited: 250_000, credited: 1e6 };
  heard.takeReading(reading({ timestamp: NOW + QUARTER, ...registers }));
  t.deepEqual(days(), [[NOW + QUARTER, 1000, 100, 230, 750_000]]);
  // a device that was put in its place, and a clock that was not set
  heard.takeReading(reading({ timestamp: NOW + 2 * QUARTER, imported: 0 }));
  heard.takeReading(reading({ timestamp: 0, imported: 100 }));
  heard.takeReading(reading({ timestamp: NOW + 3 * QUARTER, imported: 200 }));
  t.is(days().length, 1);
  heard.takeReading(reading({ timestamp: NOW + 5 * QUARTER, imported: 500_200 }));
  t.deepEqual(days()[1], [NOW + 5 * QUARTER, 1000, 0, 230, 0]);
});

test('three phases are one line: the mean of the voltages, the sum of the rest', t => {
  const phase = { voltage: 230, current: 2, activePower: 230, reactivePower: 0 };
  const phases = [phase, { ...phase, voltage: 233 }, { ...phase, voltage: 227, activePower: 230 }];
  const line = lineOf({ sequence: 1, timestamp: 1, frequency: 50, phases });
  t.like(line, { voltage: 230, current: 6, activePower: 690, powerFactor: 0.5, frequency: 50 });
});
