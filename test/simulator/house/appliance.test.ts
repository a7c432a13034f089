import test from 'ava';
import { Prng } from '../../../hosts/mock/prng';
import {
  Appliance,
  type ApplianceKind,
  capacitive,
  inductive,
  resistive,
} from '../../../simulator/house/appliance';
import { APPLIANCES } from '../../../simulator/house/appliances';
import { DAY, HOUR, MINUTE } from '../../../simulator/house/time';

interface Run {
  readonly start: number;
  readonly end: number;
  readonly watts: number;
}

/** The stretches of constant power other than zero in the first days. */
function runs(kind: ApplianceKind, seed: number, days: number): Run[] {
  const appliance = new Appliance(kind, new Prng(seed));
  const found: Run[] = [];
  let now = 0;
  while (now < days * DAY) {
    appliance.advance(now);
    const { power, nextChange } = appliance;
    if (power.watts > 0) found.push({ start: now, end: nextChange, watts: power.watts });
    now = nextChange;
  }
  return found;
}

function kind(name: string): ApplianceKind {
  const found = APPLIANCES.find(appliance => appliance.name === name);
  if (found === undefined) throw new Error(`expected an appliance named ${name}`);
  return found;
}

test('reactive power follows from the power factor: motors lag, power supplies lead', t => {
  t.deepEqual(resistive(2000), { watts: 2000, vars: 0 });
  t.is(inductive(120, 0.6).vars.toFixed(6), '160.000000');
  t.is(capacitive(120, 0.6).vars.toFixed(6), '-160.000000');
});

test('the compressor of the fridge runs 12 to 20 minutes after a start of a second, and rests 25 to 45', t => {
  const cycles = runs(kind('Fridge'), 1, 3).filter(({ watts }) => watts === 120);
  t.true(cycles.length > 60);
  for (const [k, { start, end }] of cycles.entries()) {
    t.true(end - start >= 12 * MINUTE && end - start <= 20 * MINUTE);
    const rest = start - 1 - (cycles[k - 1]?.end ?? 0);
    t.true(rest >= 25 * MINUTE && rest <= 45 * MINUTE, `${rest} s`);
  }
});

test('the kettle boils about 3 minutes, a few times a day, while people are awake', t => {
  const boils = runs(kind('Kettle'), 2, 30);
  t.true(boils.length > 30 * 2.5 && boils.length < 30 * 5, `${boils.length}`);
  for (const { start, end, watts } of boils) {
    t.is(watts, 2000);
    t.true(end - start >= 150 && end - start <= 210);
    const hour = (start % DAY) / HOUR;
    t.true(hour > 4.5 && hour < 23, `${hour} h`);
  }
});

test('a use that goes past midnight ends when it should, and uses that meet do not overlap', t => {
  const overnight: ApplianceKind = {
    name: 'Overnight',
    uses: [
      { hour: 22, spreadMinutes: 0, minutes: [180, 180], probability: 1 },
      { hour: 23, spreadMinutes: 0, minutes: [150, 150], probability: 1 },
    ],
    program: [{ seconds: [DAY, DAY], power: resistive(10) }],
  };
  t.deepEqual(runs(overnight, 1, 2), [
    { start: 22 * HOUR, end: 25 * HOUR, watts: 10 },
    { start: 25 * HOUR, end: 25.5 * HOUR, watts: 10 },
    { start: 46 * HOUR, end: 49 * HOUR, watts: 10 },
  ]);
});

test('an appliance without a program is misuse', t => {
  const appliance = new Appliance({ name: 'Brick', uses: 'always', program: [] }, new Prng(1));
  t.throws(() => appliance.advance(0), { instanceOf: RangeError, message: /Brick: expected .* got none/ });
});
