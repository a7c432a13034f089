import test from 'ava';
import fc from 'fast-check';
import { wattHours } from '../../../firmware/energy';
import { Supply } from '../../../firmware/supply/supply';
import { VirtualClock } from '../../../hosts/mock/clock';
import { MockRelay } from '../../../hosts/mock/relay';
import { crypto } from '../../support/messages';
import { NOON, SupplyBench } from './supply-bench';

const OFF = 0;
/** s, by the initial policy */
const MINIMUM_OFF = 10;
const PAUSE = 300;
const TOLERANCE = 30;

test('an unrestored ledger leaves the supply off, whatever the sensor says', t => {
  const relay = new MockRelay();
  relay.close();
  const supply = new Supply({ relay, clock: new VirtualClock(), crypto }, undefined, [], () => {});
  supply.begin();
  t.true(supply.decide(false, 'heard', 0, 0));
  t.is(supply.reason, 'fault');
  t.false(relay.isClosed());
  t.is(supply.balance, undefined);
});

test('it does not close before the sensor is heard, and opens without waiting for that', t => {
  const bench = new SupplyBench();
  bench.restart('reset');
  t.is(bench.decide(0, 'awaited'), undefined);
  t.false(bench.relay.isClosed());
  bench.useUp();
  t.is(bench.decide(0, 'awaited'), 'exhausted');
  bench.buy(10);
  t.is(bench.decide(0, 'awaited'), 'exhausted');
  t.is(bench.decide(), 'supplied');
});

test('a silent sensor, an order and an empty balance each open at once, with their reasons', t => {
  const bench = new SupplyBench();
  t.is(bench.decide(0, 'silent'), 'fault');
  t.is(bench.pass(MINIMUM_OFF), 'supplied');
  bench.order({ state: OFF });
  t.is(bench.decide(), 'ordered');
  bench.useUp();
  t.is(bench.decide(), 'ordered');
  bench.order({});
  t.is(bench.decide(), 'exhausted');
});

test('once opened it stays open for the shortest time off, and every change is counted for good', t => {
  const bench = new SupplyBench({ policy: { minimumOff: 60 } });
  t.is(bench.supply.switchings, 1);
  bench.order({ state: OFF });
  bench.decide();
  bench.order({});
  t.is(bench.decide(), 'reconnecting');
  t.is(bench.pass(59.8), 'reconnecting');
  t.is(bench.pass(0.2), 'supplied');
  t.is(bench.supply.switchings, 3);
  bench.restart('reset');
  t.is(bench.supply.switchings, 3);
  t.deepEqual(bench.switched, [true, false, true, false]);
});

test('an order with an end stands while the time is unknown, and lapses within a second of its end', t => {
  const unknown = new SupplyBench({ time: null });
  unknown.order({ state: OFF, until: NOON });
  t.is(unknown.pass(100), 'ordered');
  const bench = new SupplyBench({ policy: { minimumOff: 0 } });
  bench.order({ state: OFF, until: NOON + 100 });
  t.is(bench.pass(99.8), 'ordered');
  t.is(bench.pass(1.2), 'supplied');
});

test('after a blackout each meter waits for a time of its own, and one that latched closed does not blink', t => {
  const waits = Array.from({ length: 40 }, (_, k) => {
    const bench = new SupplyBench({ policy: { reconnectSpread: 100 }, seed: `${k}` });
    bench.restart();
    t.is(bench.decide(), 'reconnecting');
    let wait = 0;
    for (; bench.pass(1) === 'reconnecting'; wait++);
    return wait;
  });
  t.true(waits.every(wait => wait <= 100));
  t.true(Math.min(...waits) < 20 && Math.max(...waits) > 80 && new Set(waits).size > 20, `${waits}`);
  const latched = new SupplyBench({ policy: { reconnectSpread: 100 } });
  latched.restart('power', true);
  t.is(latched.decide(), 'supplied');
  t.deepEqual(latched.switched, [true]);
  const blind = new SupplyBench({ policy: { reconnectSpread: 100 }, readsBack: false });
  blind.restart('brown-out');
  t.is(blind.decide(), 'reconnecting');
});

test('a voltage too high for 0.6 s opens, and 10 s of good ones close again', t => {
  const bench = new SupplyBench({ policy: { overvoltage: 1150, minimumOff: 0 } });
  t.is(bench.pass(60, 0, [264]), 'supplied');
  t.is(bench.pass(0.6, 0, [266]), 'supplied');
  t.is(bench.pass(0.2, 0, [230]), 'supplied', 'shorter ones are borne');
  t.is(bench.pass(0.6, 0, [266]), 'supplied', 'each by itself');
  t.is(bench.pass(0.2, 0, [230]), 'supplied');
  t.is(bench.pass(0.8, 0, [230, 230, 266]), 'overvoltage');
  t.is(bench.pass(60, 0, [262]), 'overvoltage', 'not 2 % within');
  t.is(bench.pass(10, 0, [230]), 'overvoltage');
  t.is(bench.pass(0.2, 0, [230]), 'supplied');
});

test('a voltage too low, or none, for 5 s opens, and each meter comes back in its turn', t => {
  for (const volts of [[180], [230, 0, 230], [0, 0, 0]]) {
    const bench = new SupplyBench({ policy: { undervoltage: 800, reconnectSpread: 200, minimumOff: 0 } });
    t.is(bench.pass(5, 0, volts), 'supplied');
    t.is(bench.pass(0.2, 0, volts), 'undervoltage');
    t.is(bench.pass(10, 0, [230, 230, 230]), 'undervoltage');
    t.is(bench.pass(1, 0, [230, 230, 230]), 'reconnecting');
    t.is(bench.pass(200, 0, [230, 230, 230]), 'supplied');
  }
  const borne = new SupplyBench({ policy: { undervoltage: 0 } });
  t.is(borne.pass(60, 0, [100]), 'supplied');
});

test('over the power limit for the whole tolerance it is cut for the pause, so often, and then until asked', t => {
  const bench = new SupplyBench({ policy: { loadRetries: 2 } });
  bench.order({ powerLimit: 500 });
  t.is(bench.pass(TOLERANCE - 1, 600), 'supplied');
  t.is(bench.pass(1, 400), 'supplied', 'a dip below the limit starts the tolerance anew');
  for (let cut = 1; cut <= 3; cut++) {
    t.is(bench.pass(TOLERANCE, 600), 'supplied');
    t.is(bench.pass(0.4, 600), 'overload');
    t.is(bench.pass(PAUSE - 1), 'overload');
    t.is(bench.pass(2), cut < 3 ? 'supplied' : 'overload');
  }
  t.is(bench.pass(3600), 'overload');
  t.deepEqual(bench.supply.ask(), { ok: true, value: 'armed' });
  t.is(bench.decide(), 'supplied');
  t.true(bench.events.includes('armed'));
});

test('a power cycle neither ends a pause nor forgets a cut; another order and a lapse do', t => {
  const bench = new SupplyBench({ policy: { loadRetries: 0, reconnectSpread: 0 } });
  bench.order({ powerLimit: 500, until: NOON + 7200 });
  bench.pass(TOLERANCE + 1, 600);
  bench.restart();
  t.is(bench.decide(), 'overload');
  t.is(bench.pass(2 * PAUSE), 'overload');
  bench.order({ powerLimit: 500, until: NOON + 7200 });
  t.is(bench.decide(), 'supplied');
  bench.pass(TOLERANCE + 1, 600);
  bench.restart();
  t.is(bench.pass(2 * PAUSE), 'overload');
  t.is(bench.pass(7200), 'supplied');
  t.is(bench.ledger.supplyMemory.loadCuts, 0);
  const paused = new SupplyBench({ policy: { reconnectSpread: 0 } });
  paused.order({ powerLimit: 500 });
  paused.pass(TOLERANCE + 1, 600);
  paused.restart();
  t.is(paused.pass(PAUSE - 1), 'overload');
  t.is(paused.pass(2), 'supplied');
});

test('reduced load is left to whoever has used up the balance, up to the limit of power and of debt', t => {
  const bench = new SupplyBench({ policy: { reducedLoad: 200, debtLimit: 100, minimumOff: 0 } });
  bench.useUp();
  t.is(bench.pass(60, 150), 'reduced');
  t.deepEqual(bench.switched, [true]);
  t.is(bench.pass(TOLERANCE + 0.4, 250), 'overload');
  t.is(bench.pass(PAUSE + 1), 'reduced');
  bench.useUp(-99.999);
  t.is(bench.decide(), 'reduced');
  bench.useUp(-100);
  t.is(bench.decide(), 'exhausted');
  bench.buy(101);
  t.is(bench.decide(), 'supplied');
  t.is(bench.ledger.supplyMemory.loadCuts, 0);
});

test('the emergency credit is taken on request, once after each purchase, over power cuts, and then used up', t => {
  const bench = new SupplyBench({ policy: { emergencyCredit: 300 } });
  t.deepEqual(bench.supply.ask(), { ok: false, fault: 'not-needed' });
  bench.useUp();
  bench.decide();
  t.deepEqual(bench.supply.ask(), { ok: true, value: 'emergency' });
  t.is(bench.decide(), 'reconnecting');
  bench.restart('reset');
  t.is(bench.decide(), 'emergency');
  t.deepEqual(bench.supply.ask(), { ok: false, fault: 'used' });
  bench.useUp(-299.999);
  t.is(bench.decide(), 'emergency');
  bench.useUp(-300);
  t.is(bench.decide(), 'exhausted');
  t.deepEqual(bench.supply.ask(), { ok: false, fault: 'used' });
  bench.ledger.credit(bench.ledger.registers.credited, bench.ledger.registers.withdrawn);
  t.deepEqual(bench.supply.ask(), { ok: false, fault: 'used' }, 'the same credit once more is no purchase');
  bench.buy(310);
  t.is(bench.pass(MINIMUM_OFF), 'supplied', 'the debt is paid first');
  t.is(bench.supply.balance, wattHours(10));
  bench.useUp();
  t.is(bench.decide(), 'exhausted', 'what was taken before is paid back, and holds no more');
  t.deepEqual(bench.supply.ask(), { ok: true, value: 'emergency' });
  t.is(bench.events.filter(event => event.startsWith('emergencyCredit')).length, 2);
});

test('nobody gets emergency credit by the policy, before a first purchase, or against an order', t => {
  const none = new SupplyBench();
  none.useUp();
  none.decide();
  t.deepEqual(none.supply.ask(), { ok: false, fault: 'not-allowed' });
  const ordered = new SupplyBench({ policy: { emergencyCredit: 300 } });
  ordered.useUp();
  ordered.order({ state: OFF });
  ordered.decide();
  t.deepEqual(ordered.supply.ask(), { ok: false, fault: 'not-allowed' });
});

test('what was cut off for want of credit waits to be asked for where the policy says so, also over a power cut', t => {
  const bench = new SupplyBench({ policy: { armBeforeReconnect: 1, reconnectSpread: 0, minimumOff: 0 } });
  bench.useUp();
  bench.decide();
  bench.buy(100);
  t.is(bench.decide(), 'unarmed');
  bench.restart();
  t.is(bench.pass(100), 'unarmed');
  t.deepEqual(bench.supply.ask(), { ok: true, value: 'armed' });
  bench.restart();
  t.is(bench.decide(), 'supplied');
  bench.useUp();
  bench.decide();
  bench.buy(100);
  bench.decide();
  bench.setPolicy({ minimumOff: 0 });
  t.is(bench.decide(), 'supplied');
  t.false(bench.ledger.supplyMemory.isUnarmed);
});

test('in friendly hours nobody is cut off for want of credit, and nobody who was is brought back', t => {
  // 12:00 UTC is 20:00 there.
  const policy = { friendlyFrom: 1200, friendlyTo: 480, utcOffset: 720 + 480, debtLimit: 100, minimumOff: 0 };
  const bench = new SupplyBench({ policy, time: NOON - 60 });
  bench.useUp();
  t.is(bench.decide(), 'exhausted');
  t.is(bench.pass(120), 'exhausted');
  bench.buy(10);
  t.is(bench.pass(1), 'supplied');
  bench.useUp();
  t.is(bench.decide(), 'friendly');
  bench.restart('reset');
  t.is(bench.decide(), 'friendly', 'it is remembered');
  bench.useUp(-99.999);
  t.is(bench.decide(), 'friendly');
  t.is(bench.pass(12 * 3600 - 120), 'friendly');
  t.is(bench.pass(120), 'exhausted');
});

test('friendly hours end with the limit of debt, and last until the time is known', t => {
  const policy = { friendlyDays: 1, debtLimit: 100 };
  const bench = new SupplyBench({ policy });
  bench.useUp();
  t.is(bench.decide(), 'friendly');
  bench.useUp(-100);
  t.is(bench.decide(), 'exhausted');
  const unknown = new SupplyBench({ policy, time: null });
  unknown.useUp();
  t.is(unknown.decide(), 'exhausted', 'none begin while the time is unknown');
});

test('an opened case is told at once, and cuts where the policy says so until a newer order finds it closed', t => {
  const bench = new SupplyBench({ policy: { cutOnTamper: 1, minimumOff: 0, reconnectSpread: 0 } });
  bench.isCaseOpen = true;
  t.is(bench.decide(), 'tamper');
  t.deepEqual(bench.events, ['tamper open']);
  bench.order({});
  t.is(bench.decide(), 'tamper', 'the case is still open');
  bench.isCaseOpen = false;
  t.is(bench.pass(11), 'tamper');
  t.deepEqual(bench.events, ['tamper open', 'tamper closed']);
  bench.restart();
  t.is(bench.decide(), 'tamper');
  bench.order({});
  t.is(bench.decide(), 'supplied');
  bench.setPolicy({});
  bench.isCaseOpen = true;
  t.is(bench.decide(), 'supplied');
  t.true(bench.supply.isTampered);
});

test('a contact that does not follow is told once after 3 s, and shown until it does', t => {
  const bench = new SupplyBench();
  bench.relay.open();
  t.is(bench.pass(2.8), 'supplied');
  t.deepEqual(bench.events, []);
  bench.pass(2);
  t.deepEqual(bench.events, ['relayMismatch open']);
  t.true(bench.supply.isRelayFaulty);
  bench.pass(60);
  t.is(bench.events.length, 1);
  bench.relay.close();
  bench.pass(1.2);
  t.false(bench.supply.isRelayFaulty);
});

test('a balance that flickers about a threshold warns once', t => {
  const bench = new SupplyBench({ policy: { lowBalance: 100, criticalBalance: 10 } });
  bench.useUp(99);
  bench.decide();
  bench.buy(2);
  bench.decide();
  bench.useUp(99);
  bench.decide();
  t.is(bench.events.length, 1);
  t.true(bench.supply.isBalanceLow);
  bench.useUp(5);
  bench.decide();
  t.deepEqual(bench.events.length, 2);
  t.true(bench.supply.isBalanceCritical);
  bench.buy(200);
  bench.decide();
  t.false(bench.supply.isBalanceLow);
  bench.useUp(1);
  bench.decide();
  t.is(bench.events.length, 4);
});

test('however it comes, it is closed exactly when linked, sound, paid and not forbidden (property)', t => {
  const anyChange = fc.record({
    balance: fc.integer({ min: -5, max: 5 }),
    sensor: fc.constantFrom('heard', 'silent', 'awaited'),
    state: fc.constantFrom(0, 1),
  });
  fc.assert(
    fc.property(fc.array(anyChange, { minLength: 1, maxLength: 12 }), changes => {
      const bench = new SupplyBench({ policy: { minimumOff: 0 } });
      return changes.every(({ balance, sensor, state }) => {
        if (bench.ledger.balance < wattHours(balance)) bench.buy(balance - bench.ledger.balance / 1000);
        bench.useUp(balance);
        bench.order({ state });
        const wasClosed = bench.relay.isClosed();
        bench.decide(0, sensor as 'heard');
        const may = balance > 0 && state === 1 && sensor !== 'silent';
        return bench.relay.isClosed() === (may && (sensor === 'heard' || wasClosed));
      });
    }),
    { numRuns: 50 },
  );
  t.pass();
});
