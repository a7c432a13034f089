import test from 'ava';
import fc from 'fast-check';
import { decodeTariffs, encodeTariffs } from '../../../firmware/ledger/tariff-record';
import type { TariffSetting } from '../../../firmware/ledger/tariff-setting';
import { bytes } from '../../support/messages';

const u = (bits: number) => fc.integer({ min: 0, max: 2 ** bits - 1 });
const anyTariff: fc.Arbitrary<TariffSetting> = fc.record({
  version: u(32),
  validFrom: fc.maxSafeNat(),
  feedInFactor: u(16),
  bands: fc.array(fc.record({ fromMinute: u(16), toMinute: u(16), days: u(8), factor: u(16) }), {
    maxLength: 16,
  }),
});
const anyTariffs = fc.array(anyTariff, { maxLength: 2 });

const CORRUPT = { ok: false, fault: 'corrupt' } as const;
const BAND = { fromMinute: 1020, toMinute: 1260, days: 31, factor: 1500 };
const NOW: TariffSetting = { version: 7, validFrom: 1_700_000_000, feedInFactor: 400, bands: [BAND] };
const LATER: TariffSetting = { version: 8, validFrom: 1_800_000_000, feedInFactor: 0, bands: [] };

test('any tariffs come back from their bytes as they were', t => {
  fc.assert(
    fc.property(anyTariffs, tariffs => {
      t.deepEqual(decodeTariffs(encodeTariffs(tariffs)), { ok: true, value: tariffs });
    }),
  );
});

test('tariffs are kept in the bytes that are documented', t => {
  const now = '00000007 000000006553f100 0190 01 03fc 04ec 1f 05dc';
  const later = '00000008 000000006b49d200 0000 00';
  t.deepEqual(encodeTariffs([NOW, LATER]), bytes(`01 02 ${now} ${later}`.replaceAll(' ', '')));
  t.deepEqual(encodeTariffs([]), bytes('0100'));
});

test('without a record there are none', t => {
  t.deepEqual(decodeTariffs(undefined), { ok: true, value: [] });
});

test('bytes that end early or late, or hold too many, are corrupt; those of a later format are told apart', t => {
  const sound = encodeTariffs([NOW, LATER]);
  for (let length = 0; length < sound.length; length++)
    t.deepEqual(decodeTariffs(sound.subarray(0, length)), CORRUPT, `${length} bytes`);
  t.deepEqual(decodeTariffs(Uint8Array.of(...sound, 0)), CORRUPT);
  t.deepEqual(decodeTariffs(bytes(`0103${'00'.repeat(45)}`)), CORRUPT);
  t.deepEqual(decodeTariffs(bytes(`0101${'00'.repeat(14)}11${'00'.repeat(17 * 7)}`)), CORRUPT);
  t.deepEqual(decodeTariffs(bytes('0000')), CORRUPT);
  t.deepEqual(decodeTariffs(bytes('02')), { ok: false, fault: 'newer-format' });
});

test('any bytes decode to tariffs or a fault, and never throw', t => {
  const anyBytes = fc.uint8Array({ maxLength: 60 }).map(bytes => Uint8Array.of(1, ...bytes));
  fc.assert(
    fc.property(fc.oneof(anyBytes, fc.uint8Array({ maxLength: 60 })), bytes => {
      const decoded = decodeTariffs(bytes);
      if (decoded.ok) t.deepEqual(encodeTariffs(decoded.value), bytes);
      else t.true(decoded.fault === 'corrupt' || decoded.fault === 'newer-format');
    }),
  );
});

test('more than two tariffs, 17 bands, or a value out of its range are misuse', t => {
  t.throws(() => encodeTariffs([NOW, NOW, NOW]), {
    message: /expected 2 with 16 bands at most, got 3 with 1/,
  });
  const bands = new Array(17).fill(BAND);
  t.throws(() => encodeTariffs([{ ...NOW, bands }]), { message: /got 1 with 17/ });
  t.throws(() => encodeTariffs([{ ...NOW, feedInFactor: 2 ** 16 }]), { instanceOf: RangeError });
});
