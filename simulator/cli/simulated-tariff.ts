import { z } from 'zod';
import { isPossibleTariff } from '../../firmware/ledger/tariff';
import { MOST_BANDS, type TariffSetting } from '../../firmware/ledger/tariff-setting';
import { Failure } from '../errors';
import { TIME_OF_USE } from '../time-of-use';
import { readTextFile } from './files';

function uint(bits: number) {
  const most = Math.min(2 ** bits - 1, Number.MAX_SAFE_INTEGER);
  const error = `a whole number up to ${most}`;
  return z.int({ error }).min(0, error).max(most, error);
}

function strict<Shape extends z.core.$ZodLooseShape>(shape: Shape) {
  return z.strictObject(shape, { error: `an object of ${Object.keys(shape).join(', ')}` });
}

const bands = { fromMinute: uint(16), toMinute: uint(16), days: uint(8), factor: uint(16) };
const tariffFile = strict({
  version: uint(32).min(1, 'a version of 1 or more'),
  validFrom: uint(64),
  feedInFactor: uint(16),
  bands: z.array(strict(bands), { error: 'a list' }),
});

/**
 * The tariff `time-of-use`, or one from a JSON file with the fields of the directive.
 * @throws Failure when there is no such file, or it holds no tariff that a meter obeys
 */
export function readSimulatedTariff(nameOrPath: string): TariffSetting {
  return nameOrPath === 'time-of-use' ? TIME_OF_USE : readTariffFile(nameOrPath);
}

function readTariffFile(path: string): TariffSetting {
  const read = tariffFile.safeParse(parseJson(readTextFile('tariff file', path)));
  const [issue] = read.error?.issues ?? [];
  if (!read.success)
    throw new Failure(`${path}: ${issue?.path.join('.') || 'tariff'}: expected ${issue?.message}`);
  if (!isPossibleTariff(read.data))
    throw new Failure(
      `${path}: bands: expected at most ${MOST_BANDS}, each from a minute to a later one up to 1440, on days 1 to 127`,
    );
  return read.data;
}

/** Undefined when it is none. */
function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
