import test from 'ava';
import { runKills } from '../../scripts/torture/processes';

const KILLS = 20;
const LANES = 2;

test(`a meter process killed ${KILLS} times, on files that lose what was not synced, keeps what it promised`, async t => {
  t.timeout(300_000);
  const seed = Math.floor(Math.random() * 2 ** 32);
  t.log(`seed ${seed}`);
  const { signal } = new AbortController();
  const lanes = Array.from({ length: LANES }, (_, k) => runKills(`${seed}.${k}`, KILLS / LANES, signal));
  for (const { cuts, failure, worst } of await Promise.all(lanes)) {
    t.is(failure, undefined);
    t.is(cuts, KILLS / LANES);
    t.true(worst.lost <= worst.bound);
  }
});
