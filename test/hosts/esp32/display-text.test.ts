import test from 'ava';
import fc from 'fast-check';
import type { Display } from '../../../firmware/host';
import { isSupplying } from '../../../firmware/supply/judge';
import { SUPPLY_REASONS, type SupplyReason } from '../../../firmware/supply/supply-reason';
import { type DisplayDetails, displayText, PAGES } from '../../../hosts/esp32/display-text';
import { sevenSegments } from '../../../hosts/esp32/seven-segment';

const display: Display = {
  closed: true,
  reason: 'supplied',
  balance: 12_345_678,
  lowBalance: false,
  criticalBalance: false,
  relayFault: false,
  online: true,
};
const details: DisplayDetails = {
  voltage: 230.44,
  current: 5.016,
  activePower: 1154.6,
  address: '0x52908400098527886E0F7030069857D2E4169EE7',
  m3terId: 7n,
  hoursLeft: undefined,
};

const balanceOf = (balance: number | undefined) =>
  displayText('balance', { ...display, balance }, details, false);

test('the balance is shown with as many decimals as fit, and rounded down', t => {
  const cases = [
    [12_345_678, '12.34'],
    [123_456_789, '123.4'],
    [1_234_567_890, '1234'],
    [9_999_999_999, '9999'],
    [281_474_976_710_655, '9999'],
    [99_999_999, '99.99'],
    [4000, '0.00'],
    [0, '0.00'],
    [-1, '-0.01'],
    [-1_230_000, '-1.23'],
    [-12_300_000, '-12.3'],
    [-123_400_000, '-124'],
    [-281_474_976_710_655, '-999'],
    [undefined, '----'],
  ] as const;
  for (const [balance, expected] of cases) {
    t.is(balanceOf(balance).big, expected);
    t.is(balanceOf(balance).digits, expected);
  }
});

test('every balance fits into four places, and none of the ordinary is promised to be more than it is', t => {
  fc.assert(
    fc.property(fc.integer({ min: -(2 ** 40), max: 2 ** 40 }), balance => {
      const { digits } = balanceOf(balance);
      sevenSegments(digits, 4);
      return balance < -999e6 || Number(digits) <= balance / 1e6;
    }),
  );
  t.pass();
});

test('without supply the reason takes turns with the balance, and is shown beside it where there is room', t => {
  const codes = new Set<string>();
  for (const reason of Object.keys(SUPPLY_REASONS).filter(name => !isSupplying(name as SupplyReason))) {
    const open = { ...display, closed: false, reason };
    t.is(displayText('balance', open, details, false).digits, '12.34');
    const { digits, lines } = displayText('balance', open, details, true);
    t.true(sevenSegments(digits, 4).some(segments => segments !== 0));
    t.is(lines.length, 1);
    codes.add(digits);
  }
  t.is(codes.size, 10);
  t.is(displayText('balance', display, details, true).digits, '12.34');
});

test('while there is supply, how long it lasts is shown with the warning, as far as it is known', t => {
  const linesOf = (lowBalance: boolean, hoursLeft: number | undefined, closed = true) =>
    displayText('balance', { ...display, closed, lowBalance }, { ...details, hoursLeft }, false).lines.slice(
      1,
    );
  t.deepEqual(linesOf(false, undefined), []);
  t.deepEqual(linesOf(true, undefined), ['Low balance']);
  t.deepEqual(linesOf(false, 51.9), ['Lasts 2 d 3 h']);
  t.deepEqual(linesOf(true, 5.3), ['Low: lasts 5 h']);
  t.deepEqual(linesOf(false, 720), ['Lasts 30 d 0 h']);
  t.deepEqual(linesOf(true, 5.3, false), []);
});

test('power, address and network have pages of their own', t => {
  const pageOf = (page: (typeof PAGES)[number]) => displayText(page, display, details, false);
  t.deepEqual(pageOf('power'), { title: 'Power W', big: '1155', lines: ['230.4 V  5.02 A'], digits: '1155' });
  t.deepEqual(pageOf('address'), {
    title: 'M3ter 7',
    big: '9EE7',
    lines: ['0x52908400098527886E0', 'F7030069857D2E4169EE7'],
    code: '0x52908400098527886E0F7030069857D2E4169EE7',
    digits: '9EE7',
  });
  t.is(pageOf('online').big, 'ONLINE');
});

test('every text fits the screen that has least room for it', t => {
  const rms = fc.double({ noNaN: true, min: 0, max: 99_999 });
  const anyDetails = fc.record({
    voltage: rms,
    current: rms,
    activePower: fc.double({ noNaN: true, min: -1e6, max: 1e6 }),
    address: fc.option(fc.constant(details.address), { nil: undefined }),
    m3terId: fc.option(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), { nil: undefined }),
    hoursLeft: fc.option(
      fc.nat(7200).map(tenths => tenths / 10),
      { nil: undefined },
    ),
  });
  const anyDisplay = fc.record({
    closed: fc.boolean(),
    reason: fc.oneof(fc.constantFrom(...Object.keys(SUPPLY_REASONS)), fc.string()),
    balance: fc.option(fc.integer({ min: -(2 ** 48), max: 2 ** 48 }), { nil: undefined }),
    lowBalance: fc.boolean(),
    criticalBalance: fc.boolean(),
    relayFault: fc.boolean(),
    online: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.constantFrom(...PAGES),
      anyDisplay,
      anyDetails,
      fc.boolean(),
      (page, shown, known, turn) => {
        const { title, big, lines, digits } = displayText(page, shown, known, turn);
        sevenSegments(digits, 4);
        return (
          title.length <= 21 && big.length <= 7 && lines.length <= 2 && lines.every(line => line.length <= 21)
        );
      },
    ),
  );
  t.pass();
});
