import test from 'ava';
import { InFlightWindow } from '../../../firmware/link/in-flight';
import { VirtualClock } from '../../../hosts/mock/clock';

function make() {
  const clock = new VirtualClock();
  const timeouts: number[] = [];
  const messages = new InFlightWindow(clock, 3, 1000, () => timeouts.push(clock.monotonic()));
  return { clock, timeouts, messages };
}

test('packet identifiers go round from 1 to 65535, past those in use', t => {
  const { messages } = make();
  t.is(messages.nextId(), 1);
  messages.add(2, undefined);
  t.is(messages.nextId(), 3);
  for (let id = 4; id <= 65535; id++) messages.nextId();
  t.is(messages.nextId(), 1);
  t.is(messages.nextId(), 3);
});

test('the patience is that with the oldest message, counted from its own moment', t => {
  const { clock, timeouts, messages } = make();
  messages.add(1, undefined);
  clock.advance(600);
  messages.add(2, undefined);
  messages.acknowledge(1, true);
  clock.advance(999);
  t.deepEqual(timeouts, []);
  clock.advance(1);
  t.deepEqual(timeouts, [1600]);
});

test('with nothing under way no timer waits', t => {
  const { clock, messages } = make();
  messages.add(1, undefined);
  messages.add(2, undefined);
  t.is(clock.pending, 1);
  messages.acknowledge(1, true);
  messages.acknowledge(2, true);
  t.is(clock.pending, 0);
  messages.add(3, undefined);
  messages.clear();
  t.is(clock.pending, 0);
  t.false(messages.isFull);
});

test('an acknowledgement is told once', t => {
  const { messages } = make();
  const told: boolean[] = [];
  messages.add(7, isAccepted => told.push(isAccepted));
  messages.acknowledge(8, true);
  messages.acknowledge(7, false);
  messages.acknowledge(7, true);
  t.deepEqual(told, [false]);
});
