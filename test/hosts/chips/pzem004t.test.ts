import test from 'ava';
import * as fc from 'fast-check';
import { withCrc } from '../../../hosts/chips/modbus';
import { Pzem004t } from '../../../hosts/chips/pzem004t';
import { heater } from '../../../hosts/mock/chips/chip-load';
import { LINE_FAULTS } from '../../../hosts/mock/chips/line-fault';
import { Pzem004tChip } from '../../../hosts/mock/chips/pzem004t-chip';
import { SerialWire } from '../../../hosts/mock/chips/serial-wire';
import { VirtualClock } from '../../../hosts/mock/clock';
import { Prng } from '../../../hosts/mock/prng';
import { creditedMeter, debited } from './chip-meter';
import { Listener } from './listener';

/** An answer as recorded in Tasmota's xnrg_05_pzem_ac and ESPHome's pzemac */
const RECORDED = Uint8Array.from(Buffer.from('01041408d1006c000000f400000026000001f4006400005134', 'hex'));

/** A line with a module for each address, the first with a heater of 1 kW. */
function bench({ addresses = [1], seed = 1 }: { addresses?: number[]; seed?: number } = {}) {
  const clock = new VirtualClock();
  const wire = new SerialWire({ clock, baud: 9600, bitsPerByte: 10 });
  const prng = new Prng(seed);
  const chips = addresses.map(
    address => new Pzem004tChip({ clock, wire, address, prng: prng.fork(`chip ${address}`) }),
  );
  const [chip] = chips;
  if (chip === undefined) throw new Error('expected an address');
  chip.load = heater(1000);
  const serial = { io: wire.io, port: 1, transmit: 17, receive: 16 };
  const sensor = new Pzem004t({ serial, clock, addresses });
  return { clock, wire, chips, chip, sensor, prng };
}

test('a recorded conversation is understood', t => {
  const clock = new VirtualClock();
  const wire = new SerialWire({ clock, baud: 9600, bitsPerByte: 10 });
  const asked: string[] = [];
  wire.listen(message => {
    asked.push(Buffer.from(message).toString('hex'));
    wire.send(RECORDED);
  });
  const sensor = new Pzem004t({ serial: { io: wire.io, port: 1, transmit: 17, receive: 16 }, clock });
  const told = new Listener(clock, sensor);
  clock.advance(500);
  t.deepEqual(asked, ['01040000000a700d']);
  t.like(told.phase(), { voltage: 225.7, current: 0.108, activePower: 24.4 });
  t.true(Math.abs(told.phase().apparentPower - 24.4) < 0.1);
  t.is(told.measurements[0]?.frequency, 50);
});

test('an answer with one wrong bit, whichever it is, does not count', t => {
  const { clock, chip, wire, sensor } = bench();
  chip.isPowered = false;
  const told = new Listener(clock, sensor);
  for (let bit = 0; bit < 8 * RECORDED.length; bit++) {
    wire.send(RECORDED.map((byte, index) => (index === bit >> 3 ? byte ^ (1 << (bit & 7)) : byte)));
    clock.advance(100);
  }
  t.is(told.measurements.length, 0);
  wire.send(RECORDED);
  clock.advance(100);
  t.is(told.measurements.length, 1);
});

test('it is asked once a second, and the durations add up to the time', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(60_500);
  t.is(told.measurements.length, 61);
  t.is(chip.questions, 61);
  t.true(Math.abs(told.seconds - (told.times.at(-1) ?? 0) / 1000) < 1e-9);
  t.true(Math.abs(told.energy - 1000 * told.seconds) < 1);
  t.deepEqual(told.faults, []);
});

test('what is not active power is reactive, and the whole is apparent', t => {
  const { clock, chip, sensor } = bench();
  chip.load = { voltage: 230, current: 5, activePower: 690, frequency: 49.8 };
  const told = new Listener(clock, sensor);
  clock.advance(500);
  const { apparentPower, reactivePower, powerFactor } = told.phase();
  t.deepEqual([apparentPower, powerFactor], [1150, 0.6]);
  t.true(Math.abs(reactivePower - 920) < 1e-9);
  t.is(told.measurements[0]?.frequency, 49.8);
});

test('currents and powers beyond 16 bits are read with their upper halves', t => {
  const { clock, chip, sensor } = bench();
  chip.load = heater(23_000);
  const told = new Listener(clock, sensor);
  clock.advance(500);
  t.deepEqual([told.phase().current, told.phase().activePower], [100, 23_000]);
});

test('three modules on one line are three phases of one measurement a second', t => {
  const { clock, chips, sensor } = bench({ addresses: [3, 1, 2] });
  chips.forEach((each, index) => {
    each.load = heater(100 * (index + 1), 228 + index);
  });
  const told = new Listener(clock, sensor);
  clock.advance(10_900);
  t.is(sensor.phases, 3);
  t.is(told.measurements.length, 11);
  t.deepEqual(
    told.measurements.at(-1)?.phases.map(({ voltage, activePower }) => [voltage, activePower]),
    [
      [228, 100],
      [229, 200],
      [230, 300],
    ],
  );
});

test('a module that does not answer makes the sensor silent after three seconds, until it answers again', t => {
  const { clock, chips, sensor } = bench({ addresses: [1, 2, 3] });
  const told = new Listener(clock, sensor);
  clock.advance(10_000);
  const [, second] = chips;
  if (second === undefined) throw new Error('expected three modules');
  second.isPowered = false;
  clock.advance(2800);
  t.deepEqual(told.faults, []);
  clock.advance(1200);
  const { length } = told.measurements;
  clock.advance(3_600_000);
  t.deepEqual(told.faults, ['silent'], 'it is told once');
  t.is(told.measurements.length, length);
  second.isPowered = true;
  clock.advance(1100);
  t.deepEqual(told.faults, ['silent', 'gap']);
  t.is(told.measurements[length]?.duration, 2_000_000, 'an hour of which nothing is known is not made up');
});

test('an answer that comes after the next question counts, once', t => {
  const { clock, chip, sensor } = bench();
  chip.lateness = 1200;
  const told = new Listener(clock, sensor);
  clock.advance(20_000);
  t.is(told.measurements.length, 19);
  t.deepEqual(told.faults, []);
  t.is(told.phase().activePower, 1000);
});

test('an answer of a module that is no phase is nobody’s', t => {
  const { clock, chip, wire, sensor } = bench();
  chip.isPowered = false;
  const told = new Listener(clock, sensor);
  const answer = Buffer.from('07041408d1006c000000f400000026000001f4006400000000', 'hex');
  for (let k = 0; k < 10; k++) {
    wire.send(withCrc(answer));
    clock.advance(1000);
  }
  t.deepEqual([told.measurements.length, told.faults], [0, ['silent']]);
  answer[0] = 1;
  wire.send(withCrc(answer));
  clock.advance(100);
  t.is(told.measurements.length, 1, 'it is only the address that was wrong');
});

test('exceptions are no measurements, and over as soon as the module measures again', t => {
  const { clock, chip, sensor } = bench();
  chip.exception = 4;
  const told = new Listener(clock, sensor);
  clock.advance(5000);
  t.is(told.measurements.length, 0);
  t.deepEqual(told.faults, ['silent']);
  chip.exception = undefined;
  clock.advance(1000);
  t.is(told.measurements.length, 1);
});

test('values that cannot be are not delivered, though their checksum is right', t => {
  const { clock, chip, sensor } = bench();
  const told = new Listener(clock, sensor);
  const absurd = [
    [65_535, 0, 0, 0, 0, 0, 0, 500, 0, 0],
    [2300, 0xffff, 0xffff, 0, 0, 0, 0, 500, 0, 0],
    [2300, 1000, 0, 0, 1000, 0, 0, 500, 0, 0],
    [2300, 1000, 0, 2300, 0, 0, 0, 65_535, 0, 0],
  ];
  for (const registers of absurd) {
    chip.registers = registers;
    clock.advance(1000);
  }
  t.is(told.measurements.length, 0);
  chip.registers = undefined;
  clock.advance(1000);
  t.is(told.phase().activePower, 1000);
});

test('a line that cannot be opened, or written to, is tried again for ever', t => {
  const { clock, wire, sensor } = bench();
  wire.isBlocked = true;
  const told = new Listener(clock, sensor);
  clock.advance(600_000);
  t.deepEqual(told.faults, ['silent']);
  wire.isBlocked = false;
  clock.advance(1100);
  t.is(told.measurements.length, 1);
  wire.isBlocked = true;
  clock.advance(10_000);
  wire.isBlocked = false;
  clock.advance(1100);
  t.is(told.measurements.length, 2);
  t.is(wire.opened, 2, 'it is opened anew after it could not be written to');
});

test('after a stop nothing is told, nothing waits, and the line is free; it can be started again', t => {
  const { clock, wire, sensor } = bench();
  const told = new Listener(clock, sensor);
  clock.advance(3010);
  sensor.stop();
  const { length } = told.measurements;
  clock.advance(10_000);
  t.is(told.measurements.length, length);
  t.is(clock.pending, 0);
  t.false(wire.isOpen);
  const again = new Listener(clock, sensor);
  clock.advance(1500);
  t.is(again.measurements.length, 2);
  t.throws(() => new Listener(clock, sensor), {
    message: 'start: expected a stopped sensor, got a running one',
  });
});

test('whatever happens on the line, only what was measured is told, and a second after it is over all is well', t => {
  const fault = fc.constantFrom(...LINE_FAULTS);
  fc.assert(
    fc.property(
      fc.array(fault, { maxLength: 30 }),
      fc.array(
        fc.record({ at: fc.integer({ min: 0, max: 30_000 }), bytes: fc.uint8Array({ maxLength: 200 }) }),
        {
          maxLength: 5,
        },
      ),
      fc.integer(),
      (faults, disturbances, seed) => {
        const { clock, wire, chip, sensor } = bench({ seed });
        chip.faults.push(...faults);
        for (const { at, bytes } of disturbances) clock.after(at, () => wire.send(bytes));
        const told = new Listener(clock, sensor);
        clock.advance(32_000);
        t.true(told.measurements.every(({ phases }) => phases[0]?.activePower === 1000));
        t.true(told.measurements.every(({ duration }) => duration > 0 && duration <= 2_000_000));
        const { length } = told.measurements;
        clock.advance(3000);
        t.is(told.measurements.length, length + 3);
      },
    ),
    { numRuns: 60 },
  );
});

test('only 1 to 3 different addresses of slaves are taken', t => {
  const { clock } = bench();
  for (const addresses of [[], [0], [248], [1, 1], [1, 2, 3, 4], [1.5]])
    t.throws(
      () => new Pzem004t({ serial: { io: DEAF, port: 1, transmit: 17, receive: 16 }, clock, addresses }),
      {
        instanceOf: RangeError,
        message: `addresses: expected 1 to 3 different ones of 1 to 247, got ${addresses.join(', ')}`,
      },
    );
});

test('a meter with one debits what is drawn', t => {
  const { clock, sensor } = bench();
  const meter = creditedMeter(clock, sensor);
  meter.start();
  clock.advance(100);
  t.true(meter.supply.closed, 'its first answer closes the relay');
  clock.advance(1_799_900);
  t.true(Math.abs(debited(meter) - 500_000) < 500, `${debited(meter)} mWh`);
  clock.advance(1_802_000);
  t.deepEqual(meter.supply, { closed: false, reason: 'exhausted' });
});

/** Takes all, and says nothing. */
class DEAF {
  read(): undefined {}
  write(): void {}
  close(): void {}
}
