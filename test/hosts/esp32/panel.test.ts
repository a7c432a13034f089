import test from 'ava';
import type { Display } from '../../../firmware/host';
import type { DisplayText, Screen } from '../../../hosts/esp32/display-text';
import { Panel } from '../../../hosts/esp32/panel';
import { VirtualClock } from '../../../hosts/mock/clock';

const supplied: Display = {
  closed: true,
  reason: 'supplied',
  balance: 5e6,
  lowBalance: false,
  criticalBalance: false,
  relayFault: false,
  online: true,
};
const details = {
  voltage: 230,
  current: 1,
  activePower: 230,
  address: undefined,
  m3terId: undefined,
  hoursLeft: undefined,
};

class RecordingScreen implements Screen {
  readonly shown: (DisplayText | 'off')[] = [];
  show(text: DisplayText): void {
    this.shown.push(text);
  }
  off(): void {
    this.shown.push('off');
  }
  get last(): string | undefined {
    const last = this.shown.at(-1);
    return last === 'off' ? last : last?.digits;
  }
}

function fresh() {
  const clock = new VirtualClock();
  const screen = new RecordingScreen();
  const led: Display[] = [];
  const panel = new Panel({
    clock,
    details: () => details,
    led: { show: display => led.push(display) },
    screens: [screen],
  });
  return { clock, screen, led, panel };
}

test('the LED is told every time, and a screen when there is something new to read', t => {
  const { clock, screen, led, panel } = fresh();
  for (let balance = 5e6; balance > 4.9e6; balance -= 1000) {
    panel.show({ ...supplied, balance });
    clock.advance(200);
  }
  t.is(led.length, 100);
  t.true(screen.shown.length <= 21);
  t.is(screen.last, '4.90');
});

test('nothing is drawn in the turn of the window', t => {
  const { clock, screen, panel } = fresh();
  panel.show(supplied);
  t.is(screen.shown.length, 0);
  clock.advance(0);
  t.is(screen.last, '5.00');
});

test('a press turns the page, and half a minute later the balance is back', t => {
  const { clock, screen, panel } = fresh();
  panel.show(supplied);
  clock.advance(100);
  const pages = [0, 1, 2, 3].map(() => {
    panel.press();
    clock.advance(100);
    return screen.last;
  });
  t.deepEqual(pages, ['230', '----', 'Conn', '5.00']);
  panel.press();
  clock.advance(100);
  t.is(screen.last, '230');
  clock.advance(31_000);
  t.is(screen.last, '5.00');
});

test('without supply, balance and reason take turns', t => {
  const { clock, screen, panel } = fresh();
  panel.show({ ...supplied, closed: false, reason: 'exhausted', balance: -1 });
  clock.advance(8500);
  t.deepEqual(
    screen.shown.map(text => (text === 'off' ? text : text.digits)),
    ['-0.01', 'PAY', '-0.01', 'PAY', '-0.01'],
  );
});

test('screens go dark after ten minutes; a press wakes them without turning the page, and so does a cut-off', t => {
  const { clock, screen, panel } = fresh();
  panel.show(supplied);
  clock.advance(599_000);
  t.is(screen.last, '5.00');
  clock.advance(2000);
  t.is(screen.last, 'off');
  t.is(clock.pending, 0);
  panel.show({ ...supplied, balance: 4e6 });
  clock.advance(1000);
  t.is(screen.last, 'off');
  panel.press();
  clock.advance(100);
  t.is(screen.last, '4.00');
  clock.advance(601_000);
  t.is(screen.last, 'off');
  panel.show({ ...supplied, closed: false, reason: 'exhausted', balance: 0 });
  clock.advance(100);
  t.is(screen.last, '0.00');
});

test('a board without screens has a panel all the same, which costs no timer', t => {
  const clock = new VirtualClock();
  const panel = new Panel({ clock, details: () => details, screens: [] });
  panel.show(supplied);
  panel.press();
  clock.advance(1000);
  t.is(clock.pending, 0);
});
