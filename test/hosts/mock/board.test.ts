import test from 'ava';
import type { Host, RestartCause } from '../../../firmware/host';
import { Board } from '../../../hosts/mock/board';
import { VirtualClock } from '../../../hosts/mock/clock';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { MemoryNetwork } from '../../../hosts/mock/network';
import { MockRelay } from '../../../hosts/mock/relay';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { createCrypto } from '../../../hosts/node/crypto';
import { drawing } from '../../support/meter-rig';

/** What was done to a firmware that closes the relay at its start and feeds the watchdog with each measurement. */
function bench({ restarts = true, isLatching = false } = {}) {
  const clock = new VirtualClock();
  const relay = new MockRelay();
  const sensor = new ScriptedSensor();
  const hosts: Host[] = [];
  const behaviour = { onMeasurement: () => {} };
  let kills = 0;
  const board = new Board({
    parts: {
      ...{ clock, relay, sensor, flash: emulatedFlash(1), crypto: createCrypto() },
      secrets: { seed: () => new Uint8Array(32) },
      network: new MemoryNetwork(() => {}),
    },
    makeMeter: host => {
      hosts.push(host);
      const onMeasurement = () => {
        behaviour.onMeasurement();
        host.watchdog?.feed();
      };
      return {
        start() {
          host.relay.close();
          host.sensor.start({
            onMeasurement,
            onWindow: onMeasurement,
            onFault: onMeasurement,
            onCapture: onMeasurement,
          });
        },
        kill: () => kills++,
      };
    },
    ...(isLatching && { isLatching }),
    ...(restarts && { causeOf: (): RestartCause => 'crash' }),
  });
  const live = (seconds: number) => {
    for (let k = 0; k < seconds; k++) {
      if (sensor.started) sensor.measurement(drawing(0, 1000));
      clock.advance(1000);
    }
  };
  return { board, clock, relay, hosts, behaviour, live, killed: () => kills };
}

test('a firmware that feeds its watchdog runs on; one that hangs is restarted after 10 s, with the relay open', t => {
  const { board, clock, relay, hosts, live, killed } = bench();
  board.boot();
  live(100);
  t.deepEqual(board.starts, ['power']);
  board.hang();
  live(8);
  t.true(relay.isClosed());
  clock.advance(1000);
  t.false(relay.isClosed());
  t.false(board.isOn);
  clock.advance(500);
  t.true(relay.isClosed());
  t.deepEqual(board.starts, ['power', 'watchdog']);
  t.deepEqual(
    hosts.map(({ restart }) => restart),
    ['power', 'watchdog'],
  );
  t.true(killed() > 0);
});

test('what the firmware throws restarts it, from a handler as from a call', t => {
  const { board, clock, relay, behaviour, live } = bench();
  board.boot();
  behaviour.onMeasurement = () => {
    throw new Error('a bug');
  };
  live(1);
  t.deepEqual(board.starts, ['power', 'crash']);
  behaviour.onMeasurement = () => {};
  board.run(() => {
    throw new Error('a bug');
  });
  t.false(relay.isClosed());
  clock.advance(500);
  t.true(relay.isClosed());
  t.deepEqual(board.starts, ['power', 'crash', 'crash']);
});

test('where nothing is to restart it, what it throws is thrown', t => {
  const { board, behaviour, live } = bench({ restarts: false });
  board.boot();
  behaviour.onMeasurement = () => {
    throw new Error('a bug');
  };
  t.throws(() => live(1), { message: 'a bug' });
  t.throws(
    () =>
      board.run(() => {
        throw new Error('a bug');
      }),
    { message: 'a bug' },
  );
  t.true(board.isOn);
});

test('a power cut lasts, one in the middle of a restart too', t => {
  const { board, clock } = bench();
  board.boot();
  board.cutPower();
  clock.advance(60_000);
  t.false(board.isOn);
  board.boot();
  board.restart('reset');
  board.cutPower();
  clock.advance(60_000);
  t.false(board.isOn);
  t.deepEqual(board.starts, ['power', 'power']);
});

test('a latching relay stays as it is, whatever ends the firmware', t => {
  const { board, relay } = bench({ isLatching: true });
  board.boot();
  board.restart('brown-out');
  t.true(relay.isClosed());
  board.cutPower();
  t.true(relay.isClosed());
});
