import test from 'ava';
import { CounterHistory, type Counters, NO_COUNTERS } from '../../../scripts/torture/counter-history';
import type { Breach } from '../../../scripts/torture/promises';

const BOUGHT: Counters = { ...NO_COUNTERS, credited: 1000, withdrawn: 10 };
/** mWh and µs of a window at 18 kW */
const WINDOW = 1000;
const DURATION = 200_000;

function after(windows: number): Counters {
  return { ...BOUGHT, imported: windows * WINDOW, debited: windows * WINDOW };
}

/** Of so many windows, of which the first `settled` are known to be on flash. */
function historyOf(windows: number, settled = 0): CounterHistory {
  const history = new CounterHistory(BOUGHT);
  for (let k = 1; k <= windows; k++) {
    history.become(after(k), { line: WINDOW, phases: 0, duration: DURATION });
    if (k === settled) history.settle();
  }
  return history;
}

function breachOf(history: CounterHistory, found: Counters): Breach | undefined {
  try {
    history.recover(found);
    return undefined;
  } catch (error) {
    return (error as { readonly breach: Breach }).breach;
  }
}

test('any state since the one on flash may come back, and is where the meter goes on from', t => {
  for (let found = 0; found <= 10; found++) {
    const history = historyOf(10);
    t.is(breachOf(history, after(found)), undefined);
    t.deepEqual(history.worst, { lost: (10 - found) * WINDOW, bound: 10_000 });
    t.is(breachOf(history, after(found + 1)), 'energy invented');
  }
});

test('what is known to be on flash does not go back, and what never was does not come', t => {
  t.is(breachOf(historyOf(10, 5), after(4)), 'registers decreased');
  t.is(breachOf(historyOf(10, 5), after(11)), 'energy invented');
  t.is(breachOf(historyOf(10), { ...after(5), debited: after(4).debited }), 'registers decreased');
});

test('of a credit both registers come back or neither, and no more than was said', t => {
  const credited = { ...after(3), credited: 1500, withdrawn: 20 };
  const attempted = () => {
    const history = historyOf(3);
    history.become(credited);
    return history;
  };
  t.is(breachOf(attempted(), after(3)), undefined);
  t.is(breachOf(attempted(), credited), undefined);
  t.is(breachOf(attempted(), { ...credited, withdrawn: 10 }), 'credits lost');
  t.is(breachOf(attempted(), { ...credited, credited: 2000 }), 'credits doubled');
  const durable = attempted();
  durable.settle();
  t.is(breachOf(durable, after(3)), 'credits lost');
});

test('more than 10 Wh may be lost only where it flowed within 10 s', t => {
  t.is(breachOf(historyOf(60), after(10)), undefined);
  t.is(breachOf(historyOf(60), after(9)), 'energy lost beyond the bound');
});

test('what went through the phases is bounded likewise, though it added up to nothing', t => {
  const history = new CounterHistory();
  for (let k = 1; k <= 2; k++)
    history.become({ ...NO_COUNTERS, phases: [k, 0, 0, k] }, { line: 0, phases: 6000, duration: 6_000_000 });
  t.is(breachOf(history, { ...NO_COUNTERS, phases: [] }), 'energy lost beyond the bound');
});
