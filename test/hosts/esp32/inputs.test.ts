import test from 'ava';
import { PowerFailPin } from '../../../hosts/esp32/power-fail';
import { TamperPin } from '../../../hosts/esp32/tamper';
import { FakePin } from './fake-pin';

test('the case is open while its contact is active, whichever level that is', t => {
  for (const activeLow of [false, true]) {
    const tamper = new TamperPin({ io: FakePin, wiring: { pin: 4, activeLow } });
    for (const level of [0, 1]) {
      FakePin.at(4).level = level;
      t.is(tamper.isOpen(), (level === 0) === activeLow);
    }
  }
});

test('that the power fails is told at the edge at which its input becomes active', t => {
  let calls = 0;
  const watch = new PowerFailPin({ io: FakePin, wiring: { pin: 5, activeLow: true } });
  watch.start(() => calls++);
  const { options } = FakePin.at(5);
  t.like(options, { mode: FakePin.Input, activeLow: true, edge: FakePin.Rising });
  options.onReadable?.();
  t.is(calls, 1);
});
