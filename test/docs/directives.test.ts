import test from 'ava';
import { EVENT_CODES } from '../../firmware/attest/event';
import { DIRECTIVES } from '../../firmware/directives/directive';
import { codesIn, readDocument, tableOf, unionOf } from './document';

const DOCUMENT = readDocument('directives.md');

test('each directive has its row, with its topic, who may sign it and an event that there is', t => {
  const rows = tableOf(DOCUMENT, 'What the meter says back');
  const documented = rows.map(([name = '', topic = '', signers]) => [
    codesIn(name)[0],
    codesIn(topic)[0],
    signers,
  ]);
  const known = Object.entries(DIRECTIVES).map(([topic, { type, signers }]) => [
    type.name,
    topic,
    signers.join(', '),
  ]);
  t.deepEqual(documented.toSorted(), known.toSorted());
  for (const event of rows.flatMap(([, , , name = '', detail = '']) => [
    ...codesIn(name),
    ...codesIn(detail),
  ]))
    t.true(event in EVENT_CODES, event);
});

test('each refusal has its row', t => {
  const outcomes = unionOf('directives/apply.ts', 'Outcome').filter(
    name => name !== 'applied' && name !== 'stale',
  );
  const own = unionOf('directives/desk.ts', 'DeskRefusal').filter(
    name => name === 'unknown' || name === 'oversized',
  );
  t.deepEqual(
    tableOf(DOCUMENT, 'Refusals')
      .map(([cell = '']) => codesIn(cell)[0] ?? '')
      .toSorted(),
    [...unionOf('directives/verify.ts', 'Refusal'), ...outcomes, ...own].toSorted(),
  );
});
