/**
 * The tariffs' bytes in the journal. Integers are big-endian; the first byte is the format.
 *
 *     tariffs  format u8 = 1 | count u8, 0 to 2 | tariffs, in the order in which they hold
 *     tariff   version u32 | validFrom u64 | feedInFactor u16 | count u8, 0 to 16 | bands
 *     band     fromMinute u16 | toMinute u16 | days u8 | factor u16
 */
import { failure, type Result, success } from '../result';
import { FieldReader, FieldWriter } from './fields';
import type { StateFault } from './state';
import { type BandSetting, MOST_BANDS, type TariffSetting } from './tariff-setting';

const FORMAT = 1;
/** The present one, and one that holds later */
const MOST_TARIFFS = 2;
const HEAD_LENGTH = 2;
const TARIFF_LENGTH = 15;
const BAND_LENGTH = 7;

/** @throws RangeError when there are more than two, one has more than 16 bands, or a value is not in its range. */
export function encodeTariffs(tariffs: readonly TariffSetting[]): Uint8Array {
  const most = tariffs.reduce((bands, tariff) => Math.max(bands, tariff.bands.length), 0);
  if (tariffs.length > MOST_TARIFFS || most > MOST_BANDS)
    throw new RangeError(
      `tariffs: expected 2 with ${MOST_BANDS} bands at most, got ${tariffs.length} with ${most}`,
    );
  const length = tariffs.reduce((sum, { bands }) => sum + TARIFF_LENGTH + BAND_LENGTH * bands.length, 0);
  const writer = new FieldWriter(FORMAT, HEAD_LENGTH + length);
  writer.uint(1, tariffs.length);
  for (const tariff of tariffs) writeTariff(writer, tariff);
  return writer.bytes;
}

function writeTariff(writer: FieldWriter, { version, validFrom, feedInFactor, bands }: TariffSetting): void {
  writer.uint(4, version);
  writer.uint(8, validFrom);
  writer.uint(2, feedInFactor);
  writer.uint(1, bands.length);
  for (const band of bands) {
    writer.uint(2, band.fromMinute);
    writer.uint(2, band.toMinute);
    writer.uint(1, band.days);
    writer.uint(2, band.factor);
  }
}

/** None, where there is no record. */
export function decodeTariffs(bytes: Uint8Array | undefined): Result<readonly TariffSetting[], StateFault> {
  const tariffs: TariffSetting[] = [];
  if (bytes === undefined) return success(tariffs);
  if ((bytes[0] ?? 0) > FORMAT) return failure('newer-format');
  const reader = new FieldReader(bytes);
  const count = bytes[0] === FORMAT && reader.left > 0 ? reader.uint(1) : MOST_TARIFFS + 1;
  if (count > MOST_TARIFFS) return failure('corrupt');
  for (let k = 0; k < count; k++) {
    const tariff = readTariff(reader);
    if (tariff === undefined) return failure('corrupt');
    tariffs.push(tariff);
  }
  return reader.left === 0 ? success(tariffs) : failure('corrupt');
}

/** Undefined when the bytes end early. */
function readTariff(reader: FieldReader): TariffSetting | undefined {
  if (reader.left < TARIFF_LENGTH) return undefined;
  const head = { version: reader.uint(4), validFrom: reader.uint(8), feedInFactor: reader.uint(2) };
  const count = reader.uint(1);
  if (count > MOST_BANDS || reader.left < count * BAND_LENGTH) return undefined;
  const bands: BandSetting[] = [];
  for (let k = 0; k < count; k++)
    bands.push({
      fromMinute: reader.uint(2),
      toMinute: reader.uint(2),
      days: reader.uint(1),
      factor: reader.uint(2),
    });
  return { ...head, bands };
}
