import test from 'ava';
import type { SensorFault } from '../../../firmware/host';
import { VirtualClock } from '../../../hosts/mock/clock';
import { emulatedFlash } from '../../../hosts/mock/flash';
import { PoweredHost } from '../../../hosts/mock/power';
import { MockRelay } from '../../../hosts/mock/relay';
import { ScriptedSensor } from '../../../hosts/mock/scripted-sensor';
import { crypto } from '../../support/messages';
import { drawing } from '../../support/meter-rig';
import { peerNetwork } from '../../support/peer';

function makeBoard() {
  const { network, peers } = peerNetwork(() => {});
  const board = {
    sensor: new ScriptedSensor(),
    relay: new MockRelay(),
    flash: emulatedFlash('power'),
    secrets: { seed: () => new Uint8Array(32) },
    clock: new VirtualClock(),
    crypto,
    network,
  };
  return { board, peers };
}

function listener() {
  const heard: string[] = [];
  const handlers = {
    onWindow: () => heard.push('window'),
    onMeasurement: () => heard.push('measurement'),
    onFault: (fault: SensorFault) => heard.push(fault),
    onCapture: () => heard.push('capture'),
  };
  return { heard, handlers };
}

test('while there is power everything reaches the firmware as it would without', t => {
  const { board } = makeBoard();
  const host = new PoweredHost(board);
  const { heard, handlers } = listener();
  host.sensor.start(handlers);
  board.sensor.measurement(drawing(1, 1));
  board.sensor.fault('gap');
  host.sensor.capture?.(80);
  t.is(board.sensor.asked, 80);
  board.sensor.captured({ counts: new Uint16Array(160), samplePeriod: 250 });
  host.clock.after(5, () => heard.push('timer'));
  host.clock.after(6, () => heard.push('cancelled')).cancel();
  board.clock.advance(10);
  t.deepEqual(heard, ['measurement', 'gap', 'capture', 'timer']);
  t.is(host.clock.monotonic(), 10);
  t.true(host.isOn);
});

test('a cut stops sensor and timers and opens the relay; flash stays', t => {
  const { board } = makeBoard();
  const host = new PoweredHost(board);
  const { heard, handlers } = listener();
  host.sensor.start(handlers);
  host.relay.close();
  host.flash.log.write(0, Uint8Array.of(1));
  host.clock.after(5, () => heard.push('timer'));
  host.cutPower();
  board.clock.advance(10);
  t.deepEqual(heard, []);
  t.false(board.sensor.started);
  t.false(board.relay.isClosed());
  t.is(board.flash.log.read(0, 1)[0], 1);
  t.is(board.clock.pending, 0);
});

test('what the dead run still begins comes to nothing', t => {
  const { board } = makeBoard();
  const host = new PoweredHost(board);
  const { heard, handlers } = listener();
  host.cutPower();
  host.sensor.start(handlers);
  host.clock.after(0, () => heard.push('timer'));
  board.sensor.fault('gap');
  board.clock.advance(1);
  t.deepEqual(heard, []);
});

test('a cut ends the sockets without a farewell, and the firmware hears nothing of it', async t => {
  const { board, peers } = makeBoard();
  const host = new PoweredHost(board);
  const heard: string[] = [];
  const socket = host.network.open({
    host: 'broker',
    port: 1,
    onReadable: () => heard.push('readable'),
    onWritable: () => heard.push('writable'),
    onError: () => heard.push('error'),
  });
  await board.network.settled();
  socket.write(Uint8Array.of(0xc0, 0));
  host.cutPower();
  await board.network.settled();
  t.deepEqual(heard, ['writable']);
  t.true(peers[0]?.stream.destroyed);
  t.deepEqual(
    peers[0]?.packets.map(({ cmd }) => cmd),
    ['pingreq'],
  );
  t.is(board.network.connections, 0);
});

test('where the power of the flash fails, whoever called the firmware, all power does', async t => {
  const callers: ((
    host: PoweredHost,
    board: ReturnType<typeof makeBoard>['board'],
    act: () => void,
  ) => void)[] = [
    (host, board, act) => {
      host.clock.after(1, act);
      board.clock.advance(1);
    },
    (host, board, act) => {
      host.sensor.start({ onWindow: act, onMeasurement: act, onFault: act, onCapture: act });
      board.sensor.fault('gap');
    },
    host => {
      const write = () => void host.flash.log.write(0, Uint8Array.of(0));
      host.network.open({ host: '', port: 1, onReadable: write, onWritable: write, onError: write });
    },
  ];
  for (const call of callers) {
    const { board } = makeBoard();
    const host = new PoweredHost(board);
    board.flash.power.cutAt(1);
    board.relay.close();
    call(host, board, () => void host.flash.log.write(0, Uint8Array.of(0)));
    await board.network.settled();
    t.false(host.isOn);
    t.false(board.relay.isClosed());
  }
});

test('any other error of the firmware is not taken for a power cut', t => {
  const { board } = makeBoard();
  const host = new PoweredHost(board);
  host.clock.after(1, () => {
    throw new TypeError('a defect');
  });
  t.throws(() => board.clock.advance(1), { instanceOf: TypeError });
  t.true(host.isOn);
});

test('an indicator and a watchdog are passed on where the board has them', t => {
  const indicator = { show: () => {} };
  const watchdog = { feed: () => {} };
  const host = new PoweredHost({ ...makeBoard().board, indicator, watchdog });
  t.is(host.indicator, indicator);
  t.is(host.watchdog, watchdog);
  t.is(new PoweredHost(makeBoard().board).indicator, undefined);
});
