import test from 'ava';
import { DEADLINE, type Health, PATIENCE, PROOF, Trial } from '../../../hosts/esp32/update-trial';
import { VirtualClock } from '../../../hosts/mock/clock';

const MINUTE = 60_000;

type Condition = Omit<Health, 'lastWindow'> & { readonly isFlowing: boolean };
const WELL: Condition = { isFlowing: true, isRelayDecided: true, isLedgerSound: true, isOnline: true };

/** @param course who is how well from which minute on */
function run(course: readonly (readonly [minute: number, Partial<Condition>])[], mustConnect = true) {
  const clock = new VirtualClock();
  const outcome: { verdict?: 'confirmed' | 'rolled back'; at?: number } = {};
  let confirmations = 0;
  let lastWindow: number | undefined;
  const now = (): Condition => {
    const step = course.filter(([minute]) => minute * MINUTE <= clock.monotonic()).at(-1);
    return { ...WELL, ...step?.[1] };
  };
  const end = (verdict: 'confirmed' | 'rolled back') =>
    Object.assign(outcome, { verdict, at: clock.monotonic() });
  const trial = new Trial({
    clock,
    mustConnect,
    health: () => {
      if (now().isFlowing) lastWindow = clock.monotonic();
      return { ...now(), lastWindow };
    },
    confirm: () => ++confirmations > 1 && end('confirmed') !== undefined,
    rollBack: () => end('rolled back'),
  });
  trial.start();
  clock.advance(2 * DEADLINE);
  return { ...outcome, pending: clock.pending };
}

test('ten minutes of health with a session prove a firmware, a failing flash is tried again, then all is quiet', t => {
  t.deepEqual(run([]), { verdict: 'confirmed', at: PROOF + 1000, pending: 0 });
});

test('whatever supplies the household may be ill for a minute, and no longer', t => {
  for (const ill of [{ isFlowing: false }, { isRelayDecided: false }, { isLedgerSound: false }]) {
    const { verdict, at = 0 } = run([[0, ill]]);
    t.is(verdict, 'rolled back');
    t.true(at >= PATIENCE && at <= PATIENCE + 6000, `${at}`);
    t.is(
      run([
        [3, ill],
        [5, {}],
      ]).verdict,
      'rolled back',
    );
  }
});

test('an illness that passes begins the proof anew', t => {
  const { verdict, at = 0 } = run([
    [9, { isLedgerSound: false }],
    [9.5, {}],
  ]);
  t.is(verdict, 'confirmed');
  t.true(at >= 9.5 * MINUTE + PROOF);
});

test('who was online before must get online within the hour, and stay so or not', t => {
  t.like(run([[0, { isOnline: false }]]), { verdict: 'rolled back', at: DEADLINE });
  t.like(
    run([
      [0, { isOnline: false }],
      [45, {}],
    ]),
    { verdict: 'confirmed' },
  );
  t.like(run([[2, { isOnline: false }]]), { verdict: 'confirmed', at: PROOF + 1000 });
  t.like(run([[0, { isOnline: false }]], false), { verdict: 'confirmed', at: PROOF + 1000 });
});

test('a firmware that is ill every nine minutes has failed by the hour', t => {
  const course = Array.from(
    { length: 20 },
    (_, k) =>
      [
        [9 * k, {}],
        [9 * k + 8.5, { isFlowing: false }],
      ] as const,
  ).flat();
  t.like(run(course), { verdict: 'rolled back', at: DEADLINE });
});
