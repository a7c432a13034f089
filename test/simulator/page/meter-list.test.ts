import test from 'ava';
import { chosenRows, countsOf, inOrderOf, owedBy } from '../../../simulator/page/client/chosen-rows';
import { oddityOf } from '../../../simulator/page/oddity';
import type { MeterRow } from '../../../simulator/page/page-state';

const WELL = { closed: true, reason: 'supplied', power: 0, lowBalance: false, online: true, unverified: 0 };

function row(m3terId: string, change: Partial<MeterRow> = {}): MeterRow {
  return { m3terId, name: `House ${m3terId}`, balance: 1e6, ...WELL, ...change };
}

const names = (rows: readonly MeterRow[]) => rows.map(({ m3terId }) => m3terId);

test('the odd ones come first, the worst of them before the others, and equals by name', t => {
  const rows = [
    row('10'),
    row('9'),
    row('1', { lowBalance: true }),
    row('2', { online: false }),
    row('3', { closed: false, reason: 'exhausted' }),
    row('4', { unverified: 1 }),
    row('5', { closed: false, reason: 'fault' }),
  ];
  t.deepEqual(names(chosenRows(rows, '', 'odd')), ['5', '4', '3', '2', '1', '9', '10']);
});

test('it sorts by name, by power, and by balance, what is not known first', t => {
  const rows = [
    row('2', { power: 5, balance: 7 }),
    row('10', { power: 9 }),
    row('1', { balance: undefined, power: undefined }),
  ];
  t.deepEqual(names(chosenRows(rows, '', 'name')), ['1', '2', '10']);
  t.deepEqual(names(chosenRows(rows, '', 'power')), ['10', '2', '1']);
  t.deepEqual(names(chosenRows(rows, '', 'balance')), ['1', '2', '10']);
  t.deepEqual(names(chosenRows([row('1', { power: undefined }), ...rows], '', 'power')).slice(0, 2), [
    '10',
    '2',
  ]);
});

test('search takes a part of the name in any case, or the whole number', t => {
  const rows = [row('1'), row('11'), row('7', { name: 'Çınar <b>' })];
  t.deepEqual(names(chosenRows(rows, ' HOUSE 1 ', 'name')), ['1', '11']);
  t.deepEqual(names(chosenRows(rows, '7', 'name')), ['7']);
  t.deepEqual(names(chosenRows(rows, '<b>', 'name')), ['7']);
  t.deepEqual(names(chosenRows(rows, 'nothing', 'name')), []);
});

test('a meter that supplies on emergency credit is low, not off', t => {
  t.is(oddityOf(row('1', { reason: 'emergency', lowBalance: true })), 'low');
  t.is(oddityOf(row('1')), undefined);
});

test('one kind of trouble is shown alone, with how many there are of each and what they owe', t => {
  const rows = [
    row('1', { closed: false, reason: 'exhausted', balance: -2e6 }),
    row('2', { reason: 'emergency', lowBalance: true, balance: -1e6 }),
    row('3', { balance: undefined }),
  ];
  t.deepEqual(names(chosenRows(rows, '', 'odd', 'off')), ['1']);
  t.like(countsOf(rows), { all: 3, off: 1, low: 1, fault: 0, forged: 0, offline: 0 });
  t.is(owedBy(rows), 3e6);
  t.is(owedBy([]), 0);
});

test('rows that are held keep their places, and what is new comes last', t => {
  const rows = [row('3'), row('9'), row('1')];
  t.deepEqual(names(inOrderOf(['1', '2', '3'], rows)), ['1', '3', '9']);
});
