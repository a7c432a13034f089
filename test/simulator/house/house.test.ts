import test from 'ava';
import fc from 'fast-check';
import { House } from '../../../simulator/house/house';
import { DAY, HOUR } from '../../../simulator/house/time';

function snapshot(house: House) {
  const { activePower, reactivePower, voltage, frequency, solarPower, nextChange } = house;
  return { activePower, reactivePower, voltage, frequency, solarPower, nextChange, loads: house.loads() };
}

function at(seed: number, time: number) {
  const house = new House(seed);
  house.advance(time);
  return snapshot(house);
}

/** kWh of one day, second by second, and for how long it exported. */
function live(house: House, day: number) {
  const sums = { imported: 0, exported: 0, exportMinutes: 0, nightExport: 0 };
  for (let time = day * DAY; time < (day + 1) * DAY; time++) {
    house.advance(time);
    const energy = house.activePower / 3.6e6;
    if (energy > 0) sums.imported += energy;
    else {
      sums.exported -= energy;
      sums.exportMinutes += 1 / 60;
      if (house.solarPower === 0) sums.nightExport -= energy;
    }
  }
  return sums;
}

/** Evenly spread, which fc.double is not. */
function seconds(most: number): fc.Arbitrary<number> {
  return fc.nat({ max: most * 1000 }).map(milliseconds => milliseconds / 1000);
}

test('the same seed and time give the same house to the bit, whatever the stops on the way', t => {
  const begin = seconds(2 * DAY);
  const gaps = fc.array(seconds(300), { maxLength: 20 });
  fc.assert(
    fc.property(fc.nat(), begin, gaps, (seed, first, rest) => {
      const house = new House(seed);
      let time = first;
      house.advance(time);
      for (const gap of rest) {
        time += gap;
        house.advance(time);
      }
      t.deepEqual(snapshot(house), at(seed, time));
    }),
    { numRuns: 60 },
  );
});

test('another seed is another day', t => {
  t.notDeepEqual(at(1, 12 * HOUR), at(2, 12 * HOUR));
});

test('nothing changes before nextChange, which is a whole second and later than now', t => {
  const house = new House(3);
  for (let k = 0; k < 5000; k++) {
    const before = snapshot(house);
    house.advance(house.nextChange - 0.001);
    t.deepEqual(snapshot(house), before);
    const next = house.nextChange;
    t.true(Number.isInteger(next));
    house.advance(next);
    t.true(house.nextChange > next);
  }
});

test('every day nets 3 to 7 kWh of import, exports in some daylight minutes, and the first takes more than 2 kWh', t => {
  for (let seed = 1; seed <= 12; seed++) {
    const house = new House(seed);
    for (const day of [0, 1]) {
      const { imported, exported, exportMinutes, nightExport } = live(house, day);
      const net = imported - exported;
      const label = `seed ${seed} day ${day}: imported ${imported}, exported ${exported}`;
      t.true(net > 3 && net < 7, label);
      t.true(imported > 2.5, label);
      t.true(exportMinutes > 60 && exportMinutes < 600, label);
      t.is(nightExport, 0, label);
    }
  }
});

test('the meter sees what the appliances draw less what the roof gives', t => {
  const house = new House(4);
  for (let time = 0; time < DAY; time += 97) {
    house.advance(time);
    const loads = house.loads();
    const drawn = loads.reduce((sum, { power }) => sum + power, 0);
    t.true(Math.abs(house.activePower - (drawn - house.solarPower)) < 1e-9);
    for (const { on, power } of loads) t.is(on, power > 0);
  }
});

test('a test load draws from the moment on when it is plugged in, and is one of the loads', t => {
  const house = new House(4);
  const other = new House(4);
  for (const each of [house, other]) each.advance(3 * HOUR);
  house.setTestLoad(1500);
  t.is(house.activePower, other.activePower + 1500);
  t.true(house.voltage < other.voltage);
  t.like(house.loads().at(-1), { name: 'Test load', on: true, power: 1500 });
  for (const each of [house, other]) each.advance(5 * HOUR);
  t.true(Math.abs(house.activePower - other.activePower - 1500) < 1e-9);
  house.setTestLoad(0);
  t.deepEqual(snapshot(house), snapshot(other));
});

test('clouds that somebody has chosen hide the sun, or clear it, until the weather has its way again', t => {
  const power = (cover?: number) => {
    const house = new House(4);
    house.advance(11 * HOUR);
    house.setCloudCover(cover);
    house.advance(12 * HOUR);
    return house.solarPower;
  };
  t.is(power(1) / power(0), 0.25);
  const house = new House(4);
  house.advance(11 * HOUR);
  house.setCloudCover(1);
  house.advance(12 * HOUR);
  house.setCloudCover(undefined);
  house.advance(13 * HOUR);
  t.is(house.solarPower, at(4, 13 * HOUR).solarPower);
});

test('a house that is disconnected draws nothing, and lives on when it is connected again', t => {
  const house = new House(5);
  house.advance(12.5 * HOUR);
  house.setConnected(false);
  house.advance(13 * HOUR);
  const { activePower, reactivePower, solarPower, loads } = snapshot(house);
  t.deepEqual([activePower, reactivePower, solarPower], [0, 0, 0]);
  t.true(loads.every(({ on, power }) => !on && power === 0));
  house.setConnected(true);
  t.deepEqual(snapshot(house), at(5, 13 * HOUR));
});

test('the grid is weak: loads pull the voltage down, within some per cent, and the frequency wanders by 0.1 Hz', t => {
  const house = new House(6);
  let sagged = 0;
  for (let time = 0; time < DAY; time += 13) {
    house.advance(time);
    const { voltage, activePower } = snapshot(house);
    t.true(voltage > 195 && voltage < 245, `${voltage} V`);
    t.true(Math.abs(house.frequency - 50) < 0.1001, `${house.frequency} Hz`);
    house.setConnected(false);
    t.is(Math.sign(house.voltage - voltage), Math.sign(activePower));
    sagged = Math.max(sagged, house.voltage - voltage);
    house.setConnected(true);
  }
  t.true(sagged > 5, `${sagged} V`);
});

test('time goes forward only', t => {
  const house = new House(7);
  house.advance(10);
  house.advance(10);
  for (const time of [9.9, Number.NaN, Number.POSITIVE_INFINITY])
    t.throws(() => house.advance(time), {
      instanceOf: RangeError,
      message: `advance: expected a time of 10 s or later, got ${time}`,
    });
});
