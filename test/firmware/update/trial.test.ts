import test from 'ava';
import { beginTrial, DEADLINE, PATIENCE, PROOF } from '../../../firmware/update/trial';
import { VirtualClock } from '../../../hosts/mock/clock';

const MINUTE = 60_000;

interface Condition {
  readonly isWell: boolean;
  readonly isOnline: boolean;
}
const WELL: Condition = { isWell: true, isOnline: true };

/** @param course who is how well from which minute on */
function run(course: readonly (readonly [minute: number, Partial<Condition>])[], mustConnect = true) {
  const clock = new VirtualClock();
  const outcome: { verdict?: 'confirmed' | 'rolled back'; at?: number } = {};
  let confirmations = 0;
  const now = (): Condition => {
    const step = course.filter(([minute]) => minute * MINUTE <= clock.monotonic()).at(-1);
    return { ...WELL, ...step?.[1] };
  };
  const end = (verdict: 'confirmed' | 'rolled back') =>
    Object.assign(outcome, { verdict, at: clock.monotonic() });
  const health = { mustConnect, isWell: () => now().isWell, isOnline: () => now().isOnline };
  const confirm = () => ++confirmations > 1 && end('confirmed') !== undefined;
  beginTrial(clock, health, () => end('rolled back'), confirm);
  clock.advance(2 * DEADLINE);
  return { ...outcome, pending: clock.pending };
}

test('ten minutes of health with a session prove a firmware, a failing flash is tried again, then all is quiet', t => {
  t.deepEqual(run([]), { verdict: 'confirmed', at: PROOF + 1000, pending: 0 });
});

test('whatever supplies the household may be ill for a minute, and no longer', t => {
  const ill = { isWell: false };
  t.like(run([[0, ill]]), { verdict: 'rolled back', at: PATIENCE });
  t.like(
    run([
      [3, ill],
      [5, {}],
    ]),
    { verdict: 'rolled back', at: 3 * MINUTE + PATIENCE },
  );
});

test('an illness that passes begins the proof anew', t => {
  const { verdict, at = 0 } = run([
    [9, { isWell: false }],
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
        [9 * k + 8.5, { isWell: false }],
      ] as const,
  ).flat();
  t.like(run(course), { verdict: 'rolled back', at: DEADLINE });
});

test('a trial that is stopped decides nothing', t => {
  const clock = new VirtualClock();
  const never = () => false;
  const health = { isWell: never, isOnline: never, mustConnect: true };
  const end = beginTrial(clock, health, () => t.fail(), never);
  end();
  clock.advance(DEADLINE);
  t.is(clock.pending, 0);
});
