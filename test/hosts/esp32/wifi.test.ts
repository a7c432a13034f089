import test from 'ava';
import { LONGEST_WAIT } from '../../../firmware/link/backoff';
import { type WifiInterfaceClass, WifiKeeper, type WifiState } from '../../../hosts/esp32/wifi';
import { VirtualClock } from '../../../hosts/mock/clock';

const HOME = { ssid: 'home', password: 'correct horse' };
const PATIENCE = 30_000;

/** The SDK's Wi-Fi: tells of changes in turns of their own, and throws when it is asked twice. */
class Air {
  connection = 200;
  readonly attempts: unknown[] = [];
  disconnects = 0;
  /** The driver takes no more requests. */
  isStuck = false;
  onChanged: (property: string) => void = () => {};

  /** A constructor whose objects are all this one. */
  readonly Interface = new Proxy(Object, {
    construct: (_target, [{ onChanged }]: [Pick<Air, 'onChanged'>]) => {
      this.onChanged = onChanged;
      return this;
    },
  }) as unknown as WifiInterfaceClass;

  connect(options: unknown): void {
    if (this.isStuck || this.connection === 300) throw new Error('connect failed');
    this.attempts.push(options);
    this.connection = 300;
  }

  disconnect(): void {
    this.disconnects++;
    this.connection = 200;
  }

  become(connection: number): void {
    this.connection = connection;
    this.onChanged('connection');
  }
}

function fresh() {
  const clock = new VirtualClock();
  const air = new Air();
  const states: WifiState[] = [];
  let radioRestarts = 0;
  const keeper = new WifiKeeper({
    ...{ io: air.Interface, clock },
    // the longest wait of each
    crypto: { random: length => new Uint8Array(length).fill(255) },
    restartRadio: () => {
      radioRestarts++;
      air.isStuck = false;
    },
    onChange: state => states.push(state),
  });
  return { clock, air, keeper, states, radioRestarts: () => radioRestarts };
}

test('without settings nothing is tried', t => {
  const { clock, air, keeper, states } = fresh();
  keeper.use(undefined);
  clock.advance(1e7);
  t.deepEqual(air.attempts, []);
  t.deepEqual([keeper.state, states], ['off', []]);
});

test('it connects with what was set, and is online when there is an address', t => {
  const { air, keeper, states, clock } = fresh();
  keeper.use(HOME);
  t.deepEqual(air.attempts, [{ SSID: 'home', password: 'correct horse' }]);
  air.become(400);
  t.is(keeper.state, 'connecting', 'no address yet');
  air.become(500);
  t.deepEqual(states, ['connecting', 'online']);
  clock.advance(1e9);
  t.is(air.attempts.length, 1);
  t.is(clock.pending, 0, 'nothing waits while all is well');
});

test('an open network has no password', t => {
  const { air, keeper } = fresh();
  keeper.use({ ssid: 'cafe' });
  t.deepEqual(air.attempts, [{ SSID: 'cafe' }]);
});

test('a lost network is sought again, soon at first and then ever more rarely, without end', t => {
  const { clock, air, keeper, states } = fresh();
  keeper.use(HOME);
  air.become(500);
  const times: number[] = [];
  air.become(200);
  t.is(keeper.state, 'connecting');
  for (let before = air.attempts.length, k = 0; k < 20_000; k++) {
    clock.advance(1000);
    if (air.attempts.length === before) continue;
    before = air.attempts.length;
    times.push(clock.monotonic());
    air.become(200);
  }
  const waits = times.map((time, k) => time - (times[k - 1] ?? 0));
  t.true((waits[0] as number) <= 2000);
  t.true(
    waits.every((wait, k) => wait >= (waits[k - 1] ?? 0)),
    String(waits),
  );
  t.true((waits.at(-1) as number) <= LONGEST_WAIT + 1000);
  t.true(times.length > 60);
  air.become(300);
  air.become(500);
  t.deepEqual(states, ['connecting', 'online', 'connecting', 'online']);
});

test('after a success the waits begin anew', t => {
  const { clock, air, keeper } = fresh();
  keeper.use(HOME);
  for (let k = 0; k < 8; k++) {
    air.become(200);
    clock.advance(LONGEST_WAIT);
  }
  air.become(500);
  air.become(200);
  const before = air.attempts.length;
  clock.advance(2000);
  t.is(air.attempts.length, before + 1);
});

test('an attempt that neither succeeds nor fails, or gets no address, is given up and made anew', t => {
  for (const stage of [300, 400]) {
    const { clock, air, keeper } = fresh();
    keeper.use(HOME);
    air.become(stage);
    const before = air.disconnects;
    clock.advance(PATIENCE);
    t.is(air.disconnects, before + 1);
    clock.advance(2000);
    t.is(air.attempts.length, 2);
  }
});

test('a driver that refuses is tried again, and after a quarter of an hour the radio is started anew', t => {
  const { clock, air, keeper, radioRestarts } = fresh();
  air.isStuck = true;
  keeper.use(HOME);
  clock.advance(890_000);
  t.is(radioRestarts(), 0);
  t.is(air.attempts.length, 0);
  clock.advance(LONGEST_WAIT + 10_000);
  t.is(radioRestarts(), 1);
  clock.advance(LONGEST_WAIT);
  t.is(air.attempts.length, 1, 'and it is not stuck any more');
});

test('a change of settings leaves the old network for the new; none leaves it for good', t => {
  const { clock, air, keeper } = fresh();
  keeper.use(HOME);
  air.become(500);
  keeper.use({ ssid: 'other' });
  t.is(keeper.state, 'connecting');
  t.deepEqual(air.attempts.at(-1), { SSID: 'other' });
  air.become(500);
  keeper.use(undefined);
  t.is(keeper.state, 'off');
  t.is(air.connection, 200);
  air.become(500);
  t.is(keeper.state, 'off', 'late news');
  air.become(200);
  clock.advance(1e7);
  t.is(air.attempts.length, 2);
});
