import type { TariffSetting } from '../firmware/ledger/tariff-setting';

const EVERY_DAY = 127;
const HOUR = 60;

/** A tariff to try: evenings are dear, nights cheap, and what the roof gives earns four fifths. */
export const TIME_OF_USE: TariffSetting = {
  version: 1,
  validFrom: 0,
  feedInFactor: 800,
  bands: [
    { fromMinute: 17 * HOUR, toMinute: 22 * HOUR, days: EVERY_DAY, factor: 1500 },
    { fromMinute: 23 * HOUR, toMinute: 24 * HOUR, days: EVERY_DAY, factor: 700 },
    { fromMinute: 0, toMinute: 6 * HOUR, days: EVERY_DAY, factor: 700 },
  ],
};
