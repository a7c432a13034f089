import test from 'ava';
import { OfflineWatch } from '../../../firmware/link/offline-watch';
import { VirtualClock } from '../../../hosts/mock/clock';

const MINUTE = 60_000;

function watched() {
  const clock = new VirtualClock();
  const told: string[] = [];
  const watch = new OfflineWatch(clock, fault => told.push(`${fault} ${clock.monotonic() / MINUTE}`));
  watch.start();
  return { clock, watch, told };
}

test('ten minutes without a session are told once, with what failed last', t => {
  const { clock, watch, told } = watched();
  watch.note('unresolved');
  clock.advance(9 * MINUTE);
  watch.note('timeout');
  clock.advance(100 * MINUTE);
  t.deepEqual(told, ['timeout 10']);
});

test('where not one attempt came to an end there is no network', t => {
  const { clock, told } = watched();
  clock.advance(10 * MINUTE);
  t.deepEqual(told, ['no-network 10']);
});

test('a session begins the ten minutes anew, and they are told again', t => {
  const { clock, watch, told } = watched();
  clock.advance(9 * MINUTE);
  watch.stop();
  clock.advance(100 * MINUTE);
  watch.note('closed');
  watch.start();
  clock.advance(9 * MINUTE);
  t.deepEqual(told, []);
  clock.advance(MINUTE);
  watch.stop();
  watch.start();
  clock.advance(10 * MINUTE);
  t.deepEqual(told, ['closed 119', 'closed 129']);
});
