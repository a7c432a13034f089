import test from 'ava';
import fc from 'fast-check';
import { LatchingRelay, MonostableRelay } from '../../../hosts/esp32/relay';
import { openingMove, tellingRelay } from '../../../hosts/esp32/relay-guard';
import { VirtualClock } from '../../../hosts/mock/clock';
import { fakeCoils } from './fake-coil';
import { FakePin } from './fake-pin';

const CLOSE_PIN = 5;
const OPEN_PIN = 6;
const PULSE = 50;

function latching() {
  const clock = new VirtualClock();
  const { Coil, pulses, pins } = fakeCoils(clock);
  const wiring = {
    type: 'latching',
    closePin: CLOSE_PIN,
    openPin: OPEN_PIN,
    pulseMilliseconds: PULSE,
  } as const;
  const relay = new LatchingRelay({ io: Coil, readBackIo: FakePin, clock, wiring });
  return { clock, relay, pulses, pins };
}

test('a monostable relay’s pin is not touched before the first command, and then begins at its level', t => {
  for (const [pin, activeLow] of [
    [101, false],
    [102, true],
  ] as const) {
    const relay = new MonostableRelay({ io: FakePin, wiring: { type: 'monostable', pin, activeLow } });
    t.throws(() => FakePin.at(pin));
    relay.close();
    t.deepEqual(FakePin.at(pin).options, { pin, mode: FakePin.Output, initialValue: activeLow ? 0 : 1 });
    const levels: number[] = [];
    FakePin.at(pin).onLevel = level => levels.push(level);
    relay.open();
    relay.close();
    t.deepEqual(levels, activeLow ? [1, 0] : [0, 1]);
    t.is(relay.isClosed, undefined, 'nothing is wired to tell');
  }
});

test('a relay opened first begins open', t => {
  new MonostableRelay({
    io: FakePin,
    wiring: { type: 'monostable', pin: 103, activeLow: false },
  }).open();
  t.is(FakePin.at(103).options.initialValue, 0);
});

test('a wired contact tells what it does, whatever was commanded', t => {
  for (const activeLow of [false, true]) {
    const readBack = { pin: 104, activeLow };
    const wiring = { type: 'monostable', pin: 105, activeLow: false, readBack } as const;
    const relay = new MonostableRelay({ io: FakePin, wiring });
    t.is(FakePin.at(104).options.mode, activeLow ? FakePin.InputPullUp : FakePin.Input);
    FakePin.at(104).level = activeLow ? 0 : 1;
    relay.open();
    t.true(relay.isClosed?.());
    FakePin.at(104).level = activeLow ? 1 : 0;
    t.false(relay.isClosed?.());
  }
});

test('a latching relay is at rest until it is commanded, and then gets one pulse on the right coil', t => {
  const { clock, relay, pulses, pins } = latching();
  clock.advance(1000);
  t.deepEqual(pins, [CLOSE_PIN, OPEN_PIN]);
  t.deepEqual(pulses, []);
  relay.close();
  clock.advance(1000);
  relay.open();
  clock.advance(1000);
  t.deepEqual(pulses, [
    { pin: CLOSE_PIN, from: 1000, to: 1050 },
    { pin: OPEN_PIN, from: 2000, to: 2050 },
  ]);
});

test('commands during a pulse wait for its end, and only the last of them counts', t => {
  const { clock, relay, pulses } = latching();
  relay.close();
  clock.advance(10);
  relay.open();
  relay.close();
  relay.open();
  clock.advance(1000);
  t.deepEqual(
    pulses.map(({ pin }) => pin),
    [CLOSE_PIN, OPEN_PIN],
  );
});

test('whatever is commanded and when: one coil at a time, with a rest between, and the last command prevails', t => {
  const command = fc.record({ closed: fc.boolean(), wait: fc.integer({ min: 0, max: 3 * PULSE }) });
  fc.assert(
    fc.property(fc.array(command, { minLength: 1, maxLength: 30 }), commands => {
      const { clock, relay, pulses } = latching();
      for (const { closed, wait } of commands) {
        if (closed) relay.close();
        else relay.open();
        clock.advance(wait);
      }
      clock.advance(1000);
      const isSerial = pulses.every((pulse, k) => k === 0 || pulse.from - (pulses[k - 1]?.to ?? 0) >= PULSE);
      const last = commands.at(-1)?.closed ? CLOSE_PIN : OPEN_PIN;
      return isSerial && pulses.at(-1)?.pin === last && clock.pending === 0;
    }),
  );
  t.pass();
});

test('the guard is told how each kind of relay is opened', t => {
  t.deepEqual(openingMove({ type: 'monostable', pin: 26, activeLow: false }), {
    pin: 26,
    level: 0,
    pulse: 0,
  });
  t.deepEqual(openingMove({ type: 'monostable', pin: 26, activeLow: true }), { pin: 26, level: 1, pulse: 0 });
  const wiring = { type: 'latching', closePin: 5, openPin: 6, pulseMilliseconds: 50 } as const;
  t.deepEqual(openingMove(wiring), { pin: 6, level: 1, pulse: 50 });
});

test('the first command is told once it has been carried out, and read-back goes through', t => {
  const calls: string[] = [];
  const wired = {
    close: () => calls.push('close'),
    open: () => calls.push('open'),
    isClosed: () => calls.includes('close'),
  };
  const relay = tellingRelay(wired, () => calls.push('told'));
  t.false(relay.isClosed?.());
  relay.open();
  relay.close();
  t.deepEqual(calls, ['open', 'told', 'close']);
  t.true(relay.isClosed?.());
  t.is(tellingRelay({ close() {}, open() {} }, () => {}).isClosed, undefined);
});
