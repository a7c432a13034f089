import test from 'ava';
import { EVENT_CODES } from '../../../firmware/attest/event';
import { SUPPLY_REASONS } from '../../../firmware/supply/supply-reason';
import type { SupplyChange } from '../../../simulator/page/page-state';
import { supplyChanges, supplySince } from '../../../simulator/page/supply-changes';

const CLOSED = 1;

function reading(timestamp: number, reason: keyof typeof SUPPLY_REASONS, isVerified = true) {
  const status = (SUPPLY_REASONS[reason] << 8) | (reason === 'supplied' ? CLOSED : 0);
  const problems = isVerified ? [] : [{ fault: 'wrong-signer' }];
  return { reading: { timestamp, status }, problems };
}

function event(timestamp: number, code: keyof typeof EVENT_CODES, text: string) {
  const detail = new Uint8Array(32);
  detail.set(new TextEncoder().encode(text));
  return { timestamp, code: EVENT_CODES[code], detail };
}

/** As much of an account as it goes by. */
const changesOf = (readings: object[], events: object[], seen: readonly SupplyChange[] = []) =>
  supplyChanges({ readings, events } as unknown as Parameters<typeof supplyChanges>[0], seen);

test('events tell when the supply changed, readings how it was where no event did', t => {
  const readings = [reading(100, 'supplied'), reading(200, 'exhausted'), reading(300, 'ordered')];
  const events = [
    event(150, 'supplyOpened', 'exhausted'),
    event(160, 'boot', ''),
    event(400, 'supplyClosed', 'supplied'),
  ];
  t.deepEqual(changesOf(readings, events), [
    { at: 100, closed: true, reason: 'supplied' },
    { at: 150, closed: false, reason: 'exhausted' },
    { at: 300, closed: false, reason: 'ordered' },
    { at: 400, closed: true, reason: 'supplied' },
  ]);
});

test('what is not verified, or of an unknown time, tells nothing, and there is an end to it', t => {
  t.deepEqual(
    changesOf([reading(100, 'ordered', false), reading(0, 'ordered')], [event(0, 'supplyOpened', 'x')]),
    [],
  );
  const flapping = Array.from({ length: 200 }, (_, k) =>
    reading(k + 1, k % 2 === 0 ? 'supplied' : 'overload'),
  );
  t.is(changesOf(flapping, []).length, 60);
  t.is(changesOf(flapping, []).at(-1)?.at, 200);
});

test('what a meter without power cannot tell, others saw; what a welded contact hides, it tells', t => {
  const seen = [
    { at: 100, closed: true, reason: 'supplied' },
    { at: 200, closed: false, reason: 'unplugged' },
    { at: 250, closed: true, reason: 'supplied' },
  ];
  const events = [
    event(100, 'supplyClosed', 'supplied'),
    event(250, 'supplyClosed', 'supplied'),
    event(300, 'supplyOpened', 'ordered'),
  ];
  const changes = changesOf([reading(320, 'exhausted')], events, seen);
  t.deepEqual(
    changes.map(({ at, reason }) => [at, reason]),
    [
      [100, 'supplied'],
      [200, 'unplugged'],
      [250, 'supplied'],
      [300, 'ordered'],
      [320, 'exhausted'],
    ],
  );
  t.is(supplySince(changes, false), 300);
  t.is(supplySince(changes, true), undefined);
  t.is(supplySince(seen, true), 250);
  t.is(supplySince([], true), undefined);
});
