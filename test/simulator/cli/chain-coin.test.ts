import test from 'ava';
import fc from 'fast-check';
import { amountText, parseAmount } from '../../../simulator/cli/chain-coin';
import { UsageError } from '../../../simulator/errors';

const decimals = fc.integer({ min: 0, max: 30 });

test('every amount of a coin is what its text says, to the smallest unit', t => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), decimals, (amount, decimals) => {
      const coin = { symbol: 'C', decimals };
      const [text = ''] = amountText(amount, coin).split(' ');
      t.is(parseAmount(text, coin), amount);
    }),
  );
});

test('zeros before and behind change nothing, and a digit too many is refused, never rounded', t => {
  fc.assert(
    fc.property(fc.nat(), fc.nat({ max: 999 }), decimals, (whole, zeros, decimals) => {
      const coin = { symbol: 'C', decimals };
      const text = `00${whole}.${'0'.repeat(zeros % 40)}`;
      t.is(parseAmount(text, coin), BigInt(whole) * 10n ** BigInt(decimals));
      const message = `expected at most ${decimals} decimals, as C has, got ${whole}.${'0'.repeat(decimals)}1`;
      t.throws(() => parseAmount(`${whole}.${'0'.repeat(decimals)}1`, coin), {
        instanceOf: UsageError,
        message,
      });
    }),
  );
});

test('an amount that no contract can hold is refused', t => {
  const coin = { symbol: 'C', decimals: 0 };
  t.is(parseAmount(`${2n ** 256n - 1n}`, coin), 2n ** 256n - 1n);
  t.throws(() => parseAmount(`${2n ** 256n}`, coin), { instanceOf: UsageError });
});
