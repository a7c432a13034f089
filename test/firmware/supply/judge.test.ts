import test from 'ava';
import { isSupplying, judge, type SupplyConditions } from '../../../firmware/supply/judge';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';

/**
 * The table of DESIGN.md, written down independently of the code: the first row of which all holds tells the reason, and
 * `!` stands before what must not be.
 */
const TABLE: readonly (readonly [reason: SupplyReason, closed: boolean, ...conditions: string[]])[] = [
  ['fault', false, '!isSound'],
  ['unlinked', false, '!isLinked'],
  ['tamper', false, 'isTampered'],
  ['ordered', false, 'isOrderedOff'],
  ['suspended', false, 'isSuspended'],
  ['overvoltage', false, 'isOvervoltage'],
  ['undervoltage', false, 'isUndervoltage'],
  ['overload', false, 'isOverloaded'],
  ['exhausted', false, 'isExhausted', '!hasEmergencyCredit', '!isSpared', '!hasReducedLoad'],
  ['unarmed', false, 'isUnarmed'],
  ['reconnecting', false, 'isWaiting'],
  ['emergency', true, 'isExhausted', 'hasEmergencyCredit'],
  ['friendly', true, 'isExhausted', 'isSpared'],
  ['reduced', true, 'isExhausted'],
  ['supplied', true],
];

const NAMES = [
  ...['isSound', 'isLinked', 'isTampered', 'isOrderedOff', 'isSuspended', 'isOvervoltage', 'isUndervoltage'],
  ...[
    'isOverloaded',
    'isExhausted',
    'hasEmergencyCredit',
    'isSpared',
    'hasReducedLoad',
    'isUnarmed',
    'isWaiting',
  ],
] as readonly (keyof SupplyConditions)[];

function combination(bits: number): SupplyConditions {
  return Object.fromEntries(
    NAMES.map((name, k) => [name, ((bits >> k) & 1) === 1]),
  ) as unknown as SupplyConditions;
}

function rowOf(conditions: SupplyConditions) {
  const holds = (text: string) =>
    text.startsWith('!')
      ? !conditions[text.slice(1) as keyof SupplyConditions]
      : conditions[text as keyof SupplyConditions];
  const row = TABLE.find(([, , ...texts]) => texts.every(holds));
  if (row === undefined) throw new Error('expected a row for all conditions');
  return row;
}

test('of every combination of conditions the reason and the relay are those of the table', t => {
  const found = new Set<SupplyReason>();
  for (let bits = 0; bits < 2 ** NAMES.length; bits++) {
    const conditions = combination(bits);
    const [reason, closed] = rowOf(conditions);
    if (judge(conditions) !== reason || isSupplying(reason) !== closed)
      return t.fail(`${judge(conditions)}, expected ${reason}: ${JSON.stringify(conditions)}`);
    found.add(reason);
  }
  t.deepEqual([...found].sort(), Object.keys(SUPPLY_REASONS).sort());
});

test('from every state a change of one condition leads where the table says, and nothing else is remembered', t => {
  const pairs = new Set<string>();
  const living = combination(0);
  for (let bits = 0; bits < 2 ** NAMES.length; bits++)
    for (let k = 0; k < NAMES.length; k++) {
      Object.assign(living, combination(bits));
      const before = judge(living);
      living[NAMES[k] as keyof SupplyConditions] = ((bits >> k) & 1) === 0;
      const after = judge(living);
      if (after !== rowOf(combination(bits ^ (1 << k)))[0]) return t.fail(`${before} to ${after}`);
      pairs.add(`${before} ${after}`);
    }
  // What only one condition parts is next to each other: what is judged first takes from all that comes after it.
  for (const [reason] of TABLE.slice(0, 9))
    for (const [later] of TABLE.slice(TABLE.findIndex(([name]) => name === reason) + 1))
      t.true(pairs.has(`${later} ${reason}`), `${later} to ${reason}`);
});
