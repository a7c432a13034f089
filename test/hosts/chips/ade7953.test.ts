import test from 'ava';
import * as fc from 'fast-check';
import { Ade7953 } from '../../../hosts/chips/ade7953';
import {
  Ade7953Chip,
  COUNTS_PER_AMP,
  COUNTS_PER_VOLT,
  COUNTS_PER_WATT_SECOND,
} from '../../../hosts/mock/chips/ade7953-chip';
import { heater, NO_LOAD } from '../../../hosts/mock/chips/chip-load';
import { VirtualClock } from '../../../hosts/mock/clock';
import { creditedMeter, debited } from './chip-meter';
import { Listener } from './listener';

const CALIBRATION = {
  countsPerVolt: COUNTS_PER_VOLT,
  countsPerAmp: COUNTS_PER_AMP,
  countsPerWattSecond: COUNTS_PER_WATT_SECOND,
  phaseDegrees: 0,
};

/** A chip with a heater of 1 kW. */
function bench(calibration: Partial<typeof CALIBRATION> = {}) {
  const clock = new VirtualClock();
  const chip = new Ade7953Chip(clock);
  chip.draw(heater(1000));
  const sensor = new Ade7953({
    ...{ io: chip.io, bus: { data: 21, clock: 22 }, clock },
    calibration: { ...CALIBRATION, ...calibration },
  });
  return { clock, chip, sensor };
}

const near = (got: number, expected: number, error: number) => Math.abs(got - expected) <= error;

test('after a reset it is set up as the datasheet requires', t => {
  const { clock, chip, sensor } = bench();
  new Listener(clock, sensor);
  clock.advance(0);
  t.is(chip.written(0x120), 0x30, 'which the chip takes only right after its key');
  t.is(chip.written(0x102), 0x0004);
  t.is(chip.written(0x004), 0x40);
});

test('it is read once a second, and the durations add up to the time', t => {
  const { clock, chip, sensor } = bench();
  chip.draw({ voltage: 231, current: 5, activePower: 800, reactivePower: -600, frequency: 50.1 });
  const told = new Listener(clock, sensor);
  clock.advance(60_500);
  t.is(told.measurements.length, 60);
  t.is(told.seconds, 60);
  const { voltage, current, activePower, reactivePower } = told.phase();
  t.true(near(voltage, 231, 1e-3) && near(current, 5, 1e-3));
  t.true(near(activePower, 800, 0.2) && near(reactivePower, -600, 0.2));
  t.true(near(told.measurements[0]?.frequency ?? 0, 50.1, 0.01));
  t.true(near(told.energy, 800 * 60, 1));
  t.deepEqual(told.faults, []);
});

test('power that flows back is below zero', t => {
  const { clock, chip, sensor } = bench();
  chip.draw(heater(-2300));
  const told = new Listener(clock, sensor);
  clock.advance(5000);
  t.true(near(told.phase().activePower, -2300, 0.5));
  t.true(near(told.phase().powerFactor, -1, 1e-3));
});

test('a load that is switched in step with the questions is measured right', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  const toggle = (isOn: boolean) => {
    chip.draw(isOn ? heater(2000) : NO_LOAD);
    clock.after(isOn ? 250 : 750, () => toggle(!isOn));
  };
  clock.after(500, () => toggle(true));
  clock.advance(100_000);
  t.true(near((told.energy - 500) / (told.seconds - 1), 500, 6), `${told.energy}`);
});

test('the lead of a current transformer is turned back', t => {
  const lead = 3;
  const { clock, chip, sensor } = bench({ phaseDegrees: lead });
  const angle = Math.acos(0.5) - (lead * Math.PI) / 180;
  const seen = { activePower: 1150 * Math.cos(angle), reactivePower: 1150 * Math.sin(angle) };
  chip.draw({ voltage: 230, current: 5, ...seen });
  const told = new Listener(clock, sensor);
  clock.advance(5000);
  t.true(near(told.phase().activePower, 575, 0.5));
  t.true(near(told.phase().reactivePower, 1150 * Math.sqrt(0.75), 0.5));
});

test('whichever transfers break, no energy is lost or made, and it goes on by itself', t => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.integer({ min: 25, max: 150 }), { maxLength: 30 }), broken => {
      const { clock, chip, sensor } = bench();
      const told = new Listener(clock, sensor);
      for (const transfer of broken) chip.broken.add(transfer);
      clock.advance(60_500);
      t.true(told.measurements.every(({ phases }) => near(phases[0]?.activePower ?? 0, 1000, 1)));
      t.true(told.measurements.every(({ duration }) => duration <= 2_000_000));
      t.is(told.times.at(-1), 60_000);
    }),
    { numRuns: 60 },
  );
});

test('each transfer of setting up and reading may break, alone, and the next second makes up for it', t => {
  for (let transfer = 0; transfer < 30; transfer++) {
    const { clock, chip, sensor } = bench();
    chip.broken.add(transfer);
    const told = new Listener(clock, sensor);
    clock.advance(10_500);
    t.true(near(told.energy, 10_000, 1), `transfer ${transfer}: ${told.energy}`);
    t.is(chip.written(0x120), 0x30);
    t.deepEqual(told.faults, []);
  }
});

test('a chip that was reset is set up again, also when that breaks off', t => {
  for (let after = -1; after < 14; after++) {
    const { clock, chip, sensor } = bench();
    const told = new Listener(clock, sensor);
    clock.advance(5500);
    chip.reset();
    chip.broken.add(chip.transfers + after);
    clock.advance(4000);
    t.is(chip.written(0x120), 0x30);
    t.true(
      told.measurements.every(({ phases }) => near(phases[0]?.activePower ?? 0, 1000, 1)),
      `${after}`,
    );
    t.true(told.measurements.length >= 6);
    t.false(told.faults.includes('silent'));
  }
});

test('a bus that is dead is silent after three seconds, and works by itself when it is back', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(5500);
  chip.isPlugged = false;
  clock.advance(3600);
  t.deepEqual(told.faults, ['silent']);
  clock.advance(3_600_000);
  t.deepEqual(told.faults, ['silent']);
  t.true(chip.opened > 3000, 'it is opened anew each time');
  chip.isPlugged = true;
  chip.draw(heater(500));
  clock.advance(3000);
  t.deepEqual(told.faults, ['silent', 'gap']);
  t.true(near(told.phase().activePower, 500, 1), 'the hour has overrun the counter, and says nothing');
});

test('values that cannot be are not delivered', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(2010);
  const { length } = told.measurements;
  const absurd = [
    { voltage: 640, current: 1, activePower: 600 },
    { voltage: 230, current: 160, activePower: 90_000 },
    { voltage: 230, current: 1, activePower: 230, frequency: 200 },
  ];
  for (const load of absurd) {
    chip.draw(load);
    clock.advance(2000);
    chip.draw(NO_LOAD);
  }
  t.is(told.measurements.length, length);
  clock.advance(1000);
  t.true(told.measurements.length > length);
});

test('no voltage is told as no mains when it begins, with no frequency', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(2500);
  chip.draw({ voltage: 0, current: 0, activePower: 0 });
  clock.advance(5000);
  t.deepEqual(told.faults, ['no-mains']);
  t.is(told.measurements.at(-1)?.frequency, 0);
  t.is(told.phase().powerFactor, 1);
});

test('after a stop nothing is told, nothing waits; it can be started again and tells nothing of the time between', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(3010);
  sensor.stop();
  const { length } = told.measurements;
  clock.advance(60_000);
  t.is(told.measurements.length, length);
  t.is(clock.pending, 0);
  chip.draw(heater(100));
  const again = new Listener(clock, sensor);
  clock.advance(2500);
  t.is(again.measurements.length, 2);
  t.true(near(again.phase().activePower, 100, 1));
});

test('a meter with one debits what is drawn', t => {
  const { clock, sensor } = bench();
  const meter = creditedMeter(clock, sensor);
  meter.start();
  clock.advance(1100);
  t.true(meter.supply.closed);
  clock.advance(1_798_900);
  t.true(near(debited(meter), 500_000, 500), `${debited(meter)} mWh`);
  clock.advance(1_804_000);
  t.deepEqual(meter.supply, { closed: false, reason: 'exhausted' });
});
