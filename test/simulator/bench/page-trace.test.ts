import test from 'ava';
import { framesOf } from '../../../simulator/bench/page-trace';

const PAGE = { pid: 7, tid: 7 };
const frame = (ts: number) => ({ name: 'DrawFrame', ...PAGE, tid: 9, ts });

test('frames and tasks are those of the page that draws by frames, whatever else the browser does', t => {
  const traceEvents = [
    { name: 'FireAnimationFrame', ...PAGE, ts: 0 },
    // as they come, in no order
    ...[40_000, 0, 10_000, 20_000, 30_000, 90_000].map(frame),
    { name: 'RunTask', ...PAGE, ts: 1, tdur: 6500 },
    { name: 'RunTask', ...PAGE, ts: 2 },
    { name: 'RunTask', ...PAGE, tid: 9, ts: 3, tdur: 99_000 },
    { name: 'RunTask', pid: 1, tid: 7, ts: 4, tdur: 99_000 },
    { name: 'DrawFrame', pid: 1, tid: 9, ts: 5 },
  ];
  const { rate, late, longestTask } = framesOf(JSON.stringify({ traceEvents }));
  t.deepEqual([Math.round(rate), late, longestTask], [56, 50, 6.5]);
});

test('a trace without a page is misuse', t => {
  t.throws(() => framesOf('{"traceEvents":[]}'), {
    message: 'trace: expected a page that draws by frames, got none',
  });
});
