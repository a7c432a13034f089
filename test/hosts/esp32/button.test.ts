import test from 'ava';
import { Button, LONG_PRESS } from '../../../hosts/esp32/button';
import { VirtualClock } from '../../../hosts/mock/clock';
import { FakePin } from './fake-pin';

function fresh() {
  const clock = new VirtualClock();
  const presses: string[] = [];
  const button = new Button({
    io: FakePin,
    pin: 0,
    clock,
    onShortPress: () => presses.push('short'),
    onLongPress: () => presses.push(`long at ${clock.monotonic()}`),
  });
  const pin = FakePin.at(0);
  const hold = (level: number, milliseconds: number) => {
    pin.level = level;
    clock.advance(milliseconds);
  };
  return { clock, button, presses, hold };
}

test('a press is short when it is let go before ten seconds, and counts once', t => {
  const { presses, hold } = fresh();
  hold(1, 500);
  hold(0, 300);
  t.deepEqual(presses, []);
  hold(1, 300);
  hold(0, LONG_PRESS - 200);
  hold(1, 300);
  t.deepEqual(presses, ['short', 'short']);
});

test('a long press is told while it is held, once, and is no short one', t => {
  const { presses, hold } = fresh();
  hold(0, 30_000);
  hold(1, 1000);
  t.is(presses.length, 1);
  const at = Number(presses[0]?.slice('long at '.length));
  t.true(at >= LONG_PRESS && at <= LONG_PRESS + 100, `${at}`);
});

test('bounces that are over before the next look are no presses, and a press that bounces is one', t => {
  const { presses, hold } = fresh();
  // So that every other look falls into one.
  hold(1, 38);
  for (let k = 0; k < 50; k++) {
    hold(0, 3);
    hold(1, 77);
  }
  t.deepEqual(presses, []);
  for (const length of [1, 2, 1, 3]) {
    hold(0, length);
    hold(1, 1);
  }
  hold(0, 200);
  for (const length of [1, 2, 1]) {
    hold(1, length);
    hold(0, 1);
  }
  hold(1, 200);
  t.deepEqual(presses, ['short']);
});

test('a button that is closed looks no more', t => {
  const { clock, button } = fresh();
  button.close();
  t.is(clock.pending, 0);
});
