import test from 'ava';
import { TYPICAL_THREE_PHASE_FRONT_END } from '../../../hosts/mock/analog/hardware';
import { benchAccuracy } from '../../../simulator/bench/accuracy';
import { runNoLoad, sampledNoLoad } from '../../../simulator/bench/accuracy-no-load';
import { AccuracyRig } from '../../../simulator/bench/accuracy-rig';
import { FULL_EFFORT } from '../../../simulator/bench/row';

const rows = [...benchAccuracy({ ...FULL_EFFORT, accuracyMeters: 2, accuracyStride: 4, noLoadDays: 0.05 })];

for (const { name, value, budget, limit } of rows)
  test(`accuracy: ${name}`, t => {
    if (budget === undefined) return t.fail('no budget');
    t.true('atMost' in budget ? Math.abs(value) <= budget.atMost : value >= budget.atLeast, `${value}`);
    // A fifth of an error's limit, half of an influence's.
    if (limit !== undefined) t.true('atMost' in budget && budget.atMost <= limit / 2);
  });

test('one phase and three are each judged by the whole table of IEC 62053-21', t => {
  const single = rows.filter(({ name }) => name.startsWith('230 V'));
  const three = rows.filter(({ name }) => name.startsWith('3 × 230 V'));
  t.is(single.filter(({ limit }) => limit !== undefined).length, 16);
  t.is(three.filter(({ limit }) => limit !== undefined).length, 20);
  t.is(rows.length, 16 + 20 + 2 * 3);
});

test('without load the sums drawn in closed form scatter as those of the samples do', t => {
  const rig = new AccuracyRig(TYPICAL_THREE_PHASE_FRONT_END, 230, 50, 'no load');
  const drawn = runNoLoad(rig, 0.02, 'drawn');
  const sampled = sampledNoLoad(rig, 240);
  t.is(drawn.registered, 0);
  t.true(
    Math.abs(drawn.deviation / sampled.deviation - 1) < 0.12,
    `${drawn.deviation}, ${sampled.deviation}`,
  );
  // Each mean is known to a 35th of the deviation and better.
  t.true(Math.abs(drawn.mean - sampled.mean) < 0.15 * sampled.deviation, `${drawn.mean}, ${sampled.mean}`);
});
