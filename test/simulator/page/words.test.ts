import test from 'ava';
import { SUPPLY_REASONS } from '../../../firmware/supply/supply-reason';
import { eventWords, moment, spaced, supplyWords } from '../../../simulator/page/client/words';

test('every reason of the supply is said in plain words, and one that is not known is admitted', t => {
  const unknown = supplyWords('constructor').why;
  for (const reason of [...Object.keys(SUPPLY_REASONS), 'unplugged'])
    t.not(supplyWords(reason).why, unknown, reason);
  t.is(supplyWords('of a later firmware').why, unknown);
});

test('names read as words', t => {
  t.is(spaced('supplyOpened'), 'supply opened');
  t.is(spaced('wrong-signer, broken-chain'), 'wrong signer, broken chain');
});

test('an event is named as who lives with the meter would say it', t => {
  t.is(eventWords('supplyOpened'), 'power off:');
  t.is(eventWords('creditApplied'), 'credit applied');
  t.is(eventWords('constructor'), 'constructor');
});

test('what was today is told by the clock, what was before by the date too', t => {
  const time = Date.UTC(2026, 5, 1, 10, 48) / 1000;
  t.is(moment(time, '2026-06-01'), '10:48:00');
  t.is(moment(time, '2026-06-02'), '06-01 10:48:00');
  t.is(moment(0, '1970-01-01'), 'unknown');
});
