import test from 'ava';
import * as fc from 'fast-check';
import type { Measurement } from '../../../firmware/host';
import { Cse7766 } from '../../../hosts/chips/cse7766';
import {
  FRAME_LENGTH,
  frameSum,
  isCse7766Frame,
  POWER_PLACE,
  quotient,
} from '../../../hosts/chips/cse7766-frame';
import { FrameFinder } from '../../../hosts/chips/frame-finder';
import { type ChipLoad, heater, NO_LOAD } from '../../../hosts/mock/chips/chip-load';
import { Cse7766Chip } from '../../../hosts/mock/chips/cse7766-chip';
import { LINE_FAULTS } from '../../../hosts/mock/chips/line-fault';
import { SerialWire } from '../../../hosts/mock/chips/serial-wire';
import { VirtualClock } from '../../../hosts/mock/clock';
import { Prng } from '../../../hosts/mock/prng';
import { creditedMeter, debited } from './chip-meter';
import { Listener } from './listener';

/** @param onRead told what the driver reads */
function line(onRead: (bytes: Uint8Array) => void = () => {}) {
  const clock = new VirtualClock();
  const wire = new SerialWire({ clock, baud: 4800, bitsPerByte: 11 });
  const io = class extends wire.io {
    override read() {
      const bytes = super.read();
      if (bytes !== undefined) onRead(new Uint8Array(bytes));
      return bytes;
    }
  };
  const sensor = new Cse7766({ serial: { io, port: 1, receive: 16 }, clock });
  return { clock, wire, sensor };
}

/** A chip at 230 V, with a heater of 1 kW where nothing else is said. */
function bench(load: ChipLoad = heater(1000), seed = 1, onRead?: (bytes: Uint8Array) => void) {
  const { clock, wire, sensor } = line(onRead);
  const chip = new Cse7766Chip({ clock, wire, prng: new Prng(seed) });
  chip.load = load;
  return { clock, wire, chip, sensor };
}

/** Frames as Tasmota's xnrg_02_cse7766 has recorded them. */
const NO_POWER = 'F25A02F7600003610040100572 4051A65863101BE17F4D4E';
const BELOW_5_WATTS = '555A02F76000035A004010048B9F51A65818727561ACA130';
const WELL = '555A02F7600003AB004010026 05D51A65803E9EF710B7A36';

/** What is told when one frame comes again and again. */
function toldOf(frame: string): Listener {
  const { clock, wire, sensor } = line();
  const told = new Listener(clock, sensor);
  for (let k = 0; k < 20; k++) {
    wire.send(Buffer.from(frame.replaceAll(' ', ''), 'hex'));
    clock.advance(100);
  }
  return told;
}

test('recorded frames are understood', t => {
  const well = toldOf(WELL).phase();
  t.true(Math.abs(well.voltage - 194_400 / 939) < 1e-9);
  t.true(Math.abs(well.current - 16_400 / 155_741) < 1e-9);
  t.true(Math.abs(well.activePower - 5_351_000 / 256_495) < 1e-9);
  t.true(well.apparentPower >= well.activePower);
  t.is(toldOf(NO_POWER).phase().activePower, 0);
  t.is(toldOf(BELOW_5_WATTS).phase().activePower, 0, 'nothing is known yet but that it is below 3.3 W');
});

test('it is told once a second, and the durations add up to the time', t => {
  const { clock, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(60_500);
  t.is(told.measurements.length, 60);
  t.is(told.seconds, 60);
  t.true(Math.abs(told.energy - 60_000) < 60);
  t.deepEqual(told.faults, []);
  t.is(told.measurements[0]?.frequency, 0, 'it measures none');
});

test('loads from 2 W to 4 kW, and back to nothing, are followed', t => {
  const { clock, chip, sensor } = bench(NO_LOAD);
  const told = new Listener(clock, sensor);
  for (const watts of [2, 60, 4000, 25, 1]) {
    chip.load = heater(watts);
    clock.advance(20_000);
    t.true(Math.abs(told.phase().activePower / watts - 1) < 0.01, `${watts} W: ${told.phase().activePower}`);
  }
  chip.load = NO_LOAD;
  clock.advance(20_000);
  t.is(told.phase().activePower, 0);
  t.deepEqual(told.faults, []);
});

test('a big load that is switched off is not counted on until its next pulse', t => {
  const { clock, chip, sensor } = bench(heater(3000));
  const told = new Listener(clock, sensor);
  clock.advance(10_000);
  chip.load = NO_LOAD;
  const before = told.energy;
  clock.advance(60_000);
  // The second under way, and what a pulse of 5.35 W·s is by the time since the last, for 6 s: 5.35 ln(6 / 0.1) and a bit.
  t.true(told.energy - before < 3000 + 40, `${told.energy - before} W·s`);
});

test('a load that is switched on and off within a second is measured in the mean', t => {
  const { clock, chip, sensor } = bench(heater(2000));
  const told = new Listener(clock, sensor);
  const toggle = (isOn: boolean) => {
    chip.load = isOn ? heater(2000) : NO_LOAD;
    clock.after(370, () => toggle(!isOn));
  };
  toggle(true);
  clock.advance(120_000);
  t.true(Math.abs(told.energy / told.seconds / 1000 - 1) < 0.05, `${told.energy / told.seconds} W`);
});

test('a chip that was never calibrated, is damaged, or lost its voltage, is silent', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  for (const state of [0xaa, 0xf1, 0xf8, 0xf4, 0xff]) {
    chip.state = state;
    clock.advance(1000);
    const { length } = told.measurements;
    clock.advance(9000);
    t.is(told.measurements.length, length, state.toString(16));
  }
  chip.state = undefined;
  clock.advance(2000);
  t.is(told.faults.filter(fault => fault === 'silent').length, 1);
  t.true(Math.abs(told.phase().activePower - 1000) < 1);
});

test('no current and no power beyond what the chip can count are nothing drawn', t => {
  const { clock, chip, sensor } = bench(NO_LOAD);
  const told = new Listener(clock, sensor);
  chip.state = 0xf6;
  clock.advance(10_000);
  t.deepEqual([told.phase().current, told.phase().activePower], [0, 0]);
  t.deepEqual(told.faults, []);
});

test('a frame with other coefficients than the one before does not count', t => {
  const { clock, wire, sensor } = line();
  const told = new Listener(clock, sensor);
  const frame = Buffer.from(WELL.replaceAll(' ', ''), 'hex');
  for (let k = 0; k < 50; k++) {
    frame[14] = k;
    frame[23] = frameSum(frame, 0);
    wire.send(frame);
    clock.advance(100);
  }
  t.deepEqual([told.measurements.length, told.faults], [0, ['silent']]);
});

test('silence is told after three seconds, once, and is over with the next frames', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(10_000);
  chip.power(false);
  clock.advance(3900);
  t.deepEqual(told.faults, []);
  clock.advance(600_000);
  t.deepEqual(told.faults, ['silent']);
  chip.power(true);
  clock.advance(1200);
  t.deepEqual(told.faults, ['silent', 'gap']);
  t.is(told.measurements.at(-1)?.duration, 2_000_000);
});

test('after a stop nothing is told, nothing waits, and the line is free; it can be started again', t => {
  const { clock, wire, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(3010);
  sensor.stop();
  chip.power(false);
  const { length } = told.measurements;
  clock.advance(10_000);
  t.is(told.measurements.length, length);
  t.is(clock.pending, 0);
  t.false(wire.isOpen);
  chip.power(true);
  const again = new Listener(clock, sensor);
  clock.advance(2500);
  t.is(again.measurements.length, 2);
});

test('whatever happens on the line, power stays near what is drawn, and a second after it is over all is well', t => {
  const fault = fc.constantFrom(...LINE_FAULTS);
  const disturbance = fc.record({
    at: fc.integer({ min: 0, max: 10_000 }),
    bytes: fc.uint8Array({ maxLength: 200 }),
  });
  fc.assert(
    fc.property(
      fc.array(fault, { maxLength: 90 }),
      fc.array(disturbance, { maxLength: 5 }),
      fc.integer(),
      (faults, disturbances, seed) => {
        let forged = 0;
        const finder = new FrameFinder({
          length: FRAME_LENGTH,
          isFrame: isCse7766Frame,
          onFrame: (bytes, at) => {
            if (Math.abs(quotient(bytes, at, POWER_PLACE) - 1000) >= 5) forged++;
          },
        });
        const onRead = (bytes: Uint8Array) => finder.receive(bytes);
        const { clock, wire, chip, sensor } = bench(heater(1000), seed, onRead);
        chip.faults.push(...faults);
        for (const { at, bytes } of disturbances) clock.after(at, () => wire.send(bytes));
        const told = new Listener(clock, sensor);
        clock.advance(12_500);
        // One in 256 damaged frames has the right sum; of such a line only the energy is near.
        const isNear = ({ phases }: Measurement) => Math.abs((phases[0]?.activePower ?? 0) - 1000) < 5;
        t.true(forged > 0 || told.measurements.every(isNear));
        const power = told.energy / told.seconds;
        t.true(told.measurements.length === 0 || Math.abs(power - 1000) < 100, `${power} W`);
        t.true(told.measurements.every(({ duration }) => duration > 0 && duration <= 2_000_000));
        const { length } = told.measurements;
        clock.advance(3000);
        t.is(told.measurements.length, length + 3);
      },
    ),
    { numRuns: 30 },
  );
});

test('a meter with one debits what is drawn', t => {
  const { clock, sensor } = bench(heater(3600));
  const meter = creditedMeter(clock, sensor);
  meter.start();
  clock.advance(1100);
  t.true(meter.supply.closed);
  clock.advance(498_900);
  t.true(Math.abs(debited(meter) - 500_000) < 1000, `${debited(meter)} mWh`);
  clock.advance(503_000);
  t.deepEqual(meter.supply, { closed: false, reason: 'exhausted' });
});
