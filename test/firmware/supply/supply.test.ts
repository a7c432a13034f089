import test from 'ava';
import fc from 'fast-check';
import { milliwattHours, wattHours } from '../../../firmware/energy';
import { LOAD_LIMIT_TIMES } from '../../../firmware/supply/load-limit';
import { ORDER_STATES, Supply, type SupplyConditions } from '../../../firmware/supply/supply';

class RecordingRelay {
  readonly calls: string[] = [];
  close(): void {
    this.calls.push('close');
  }
  open(): void {
    this.calls.push('open');
  }
}

const good: SupplyConditions = {
  linked: true,
  ledgerSound: true,
  sensor: 'heard',
  balance: wattHours(1000),
  order: undefined,
  power: 100,
  time: 0,
  now: 1_780_000_000,
};

function fresh() {
  const relay = new RecordingRelay();
  return { relay, supply: new Supply(relay) };
}

test('leaves the relay alone until the first decision', t => {
  const { relay, supply } = fresh();
  t.deepEqual(relay.calls, []);
  t.is(supply.reason, undefined);
  t.false(supply.closed);
});

test('drives the relay once for each change, not for each decision', t => {
  const { relay, supply } = fresh();
  t.true(supply.decide(good));
  t.false(supply.decide(good));
  t.true(supply.decide({ ...good, balance: milliwattHours(0) }));
  t.false(supply.decide({ ...good, balance: milliwattHours(-5) }));
  t.deepEqual(relay.calls, ['close', 'open']);
});

test('each forbidding condition opens with its own reason', t => {
  const off = { state: ORDER_STATES.off, powerLimit: 0, until: 0 };
  const cases = [
    [{ ledgerSound: false }, 'fault'],
    [{ sensor: 'silent' }, 'fault'],
    [{ linked: false }, 'unlinked'],
    [{ balance: milliwattHours(0) }, 'exhausted'],
    [{ order: off }, 'ordered'],
  ] as const;
  for (const [change, reason] of cases) {
    const { relay, supply } = fresh();
    supply.decide({ ...good, ...change });
    t.is(supply.reason, reason);
    t.deepEqual(relay.calls, ['open']);
  }
});

test('does not close before the sensor is heard, and leaves a closed relay alone until then', t => {
  const { relay, supply } = fresh();
  t.false(supply.decide({ ...good, sensor: 'awaited' }));
  t.deepEqual(relay.calls, []);
  t.is(supply.reason, undefined);
  t.true(supply.decide(good));
  t.deepEqual(relay.calls, ['close']);
});

test('opens at once what must be open, whether or not the sensor is heard', t => {
  const { relay, supply } = fresh();
  t.true(supply.decide({ ...good, sensor: 'awaited', balance: milliwattHours(0) }));
  t.false(supply.decide({ ...good, sensor: 'awaited' }));
  t.is(supply.reason, 'exhausted');
  t.deepEqual(relay.calls, ['open']);
  t.true(supply.decide(good));
});

test('is closed exactly when linked, sound, paid and not forbidden (property)', t => {
  fc.assert(
    fc.property(
      fc.boolean(),
      fc.boolean(),
      fc.integer({ min: -10, max: 10 }),
      fc.option(
        fc.record({
          state: fc.constantFrom(0, 1),
          powerLimit: fc.constant(0),
          until: fc.constantFrom(0, 50, 150),
        }),
        { nil: undefined },
      ),
      fc.option(fc.constant(100), { nil: undefined }),
      (linked, ledgerSound, balance, order, now) => {
        const { relay, supply } = fresh();
        supply.decide({ ...good, linked, ledgerSound, balance: milliwattHours(balance), order, now });
        const forbidden = order?.state === ORDER_STATES.off && !(order.until === 50 && now === 100);
        const expected = linked && ledgerSound && balance > 0 && !forbidden;
        return supply.closed === expected && relay.calls[0] === (expected ? 'close' : 'open');
      },
    ),
  );
  t.pass();
});

test('an order with an end stands while time is unknown, and lapses at its end', t => {
  const { supply } = fresh();
  const order = { state: ORDER_STATES.off, powerLimit: 0, until: 1000 };
  supply.decide({ ...good, order, now: undefined });
  t.is(supply.reason, 'ordered');
  supply.decide({ ...good, order, now: 999 });
  t.is(supply.reason, 'ordered');
  supply.decide({ ...good, order, now: 1000 });
  t.is(supply.reason, 'supplied');
});

test('a power limit cuts after the tolerance, and supplies again after the pause', t => {
  const { supply } = fresh();
  const order = { state: ORDER_STATES.on, powerLimit: 500, until: 0 };
  const at = (time: number, power: number) => {
    supply.decide({ ...good, order, time, power });
    return supply.reason;
  };
  const { tolerance, pause } = LOAD_LIMIT_TIMES;
  t.is(at(0, 600), 'supplied');
  t.is(at(tolerance - 1, 400), 'supplied', 'a dip below the limit starts the tolerance anew');
  t.is(at(tolerance, 600), 'supplied');
  t.is(at(2 * tolerance - 1, 600), 'supplied');
  t.is(at(2 * tolerance, 600), 'overload');
  t.is(at(2 * tolerance + pause - 1, 0), 'overload');
  t.is(at(2 * tolerance + pause, 0), 'supplied');
});

test('lifting the power limit ends an overload pause', t => {
  const { supply } = fresh();
  const order = { state: ORDER_STATES.on, powerLimit: 500, until: 0 };
  supply.decide({ ...good, order, time: 0, power: 600 });
  supply.decide({ ...good, order, time: LOAD_LIMIT_TIMES.tolerance, power: 600 });
  t.is(supply.reason, 'overload');
  supply.decide({ ...good, time: LOAD_LIMIT_TIMES.tolerance + 1, power: 0 });
  t.is(supply.reason, 'supplied');
});
