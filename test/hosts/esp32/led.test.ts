import test from 'ava';
import type { Display } from '../../../firmware/host';
import { isSupplying } from '../../../firmware/supply/judge';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';
import { BLINK_CODES, blinkCode, Led } from '../../../hosts/esp32/led';
import { VirtualClock } from '../../../hosts/mock/clock';
import { FakePin } from './fake-pin';

const supplied: Display = {
  closed: true,
  reason: 'supplied',
  balance: 5e6,
  lowBalance: false,
  criticalBalance: false,
  relayFault: false,
  online: true,
};

function fresh(activeLow = false) {
  const clock = new VirtualClock();
  const led = new Led({ io: FakePin, pin: 2, activeLow, clock });
  const pin = FakePin.at(2);
  const changes: [number, number][] = [];
  pin.onLevel = level => changes.push([clock.monotonic(), level]);
  return { clock, led, pin, changes };
}

test('a steady light means supply, and no timer runs', t => {
  const { clock, led, pin, changes } = fresh();
  t.is(pin.level, 0);
  led.show(supplied);
  clock.advance(60_000);
  t.deepEqual(changes, [[0, 1]]);
  t.is(clock.pending, 0);
});

test('an exhausted meter flashes shortly every three seconds, however often it is shown', t => {
  const { clock, led, changes } = fresh();
  for (let time = 0; time <= 6000; time += 200) {
    led.show({ ...supplied, closed: false, reason: 'exhausted', balance: time });
    clock.advance(200);
  }
  t.deepEqual(changes, [
    [0, 1],
    [100, 0],
    [3000, 1],
    [3100, 0],
    [6000, 1],
    [6100, 0],
  ]);
});

test('a new code begins at once, and an LED to the supply voltage is turned over', t => {
  const { clock, led, pin, changes } = fresh(true);
  t.is(pin.level, 1);
  led.show({ ...supplied, lowBalance: true });
  clock.advance(1500);
  led.show(supplied);
  clock.advance(5000);
  t.deepEqual(changes, [
    [0, 0],
    [1000, 1],
    [1500, 0],
  ]);
});

/** Why there is no supply, and what tells it; of the voltage's faults, or of who wants no supply, which it is matters not. */
const CODES = {
  ...{ fault: 'fault', tamper: 'fault', unlinked: 'unlinked', ordered: 'ordered', overload: 'overload' },
  ...{ overvoltage: 'voltage', undervoltage: 'voltage', exhausted: 'exhausted' },
  ...{ unarmed: 'unarmed', reconnecting: 'waiting', suspended: 'ordered' },
} as const;

test('what a person can do about there being no supply can be seen, and what nobody knows is a fault', t => {
  const reasons = Object.keys(SUPPLY_REASONS).filter(reason => !isSupplying(reason as SupplyReason));
  t.deepEqual(reasons.sort(), Object.keys(CODES).sort());
  for (const [reason, code] of Object.entries(CODES))
    t.is<string, string>(blinkCode({ ...supplied, closed: false, reason }), code);
  t.is(blinkCode({ ...supplied, closed: false, reason: 'martians' }), 'fault');
  t.is(blinkCode({ ...supplied, relayFault: true, lowBalance: true }), 'relay');
  t.is(blinkCode({ ...supplied, lowBalance: true, criticalBalance: true }), 'critical');
  t.is(blinkCode({ ...supplied, online: false }), 'offline');
  t.is(blinkCode({ ...supplied, online: false, lowBalance: true }), 'low');
});

test('no two codes look alike, and every pattern that blinks ends dark', t => {
  const patterns = Object.values(BLINK_CODES).map(({ pattern }) => pattern as readonly number[]);
  t.is(new Set(patterns.map(pattern => pattern.join())).size, patterns.length);
  for (const pattern of patterns) t.true(pattern.length === 1 || pattern.length % 2 === 0);
});
