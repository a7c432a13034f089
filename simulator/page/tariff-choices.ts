import type { TariffSetting } from '../../firmware/ledger/tariff-setting';
import { TIME_OF_USE } from '../time-of-use';
import type { Controls } from './page-state';

/** What a tariff says of energy, whenever it begins. */
type TariffTerms = Pick<TariffSetting, 'feedInFactor' | 'bands'>;

/** Minutes */
const DAY = 1440;
/** Those that the page offers, by name; each holds on all days of the week */
const CHOICES: Readonly<Record<string, TariffTerms>> = {
  flat: { feedInFactor: 0, bands: [] },
  'time of use': { feedInFactor: TIME_OF_USE.feedInFactor, bands: TIME_OF_USE.bands },
  double: { feedInFactor: 0, bands: [{ fromMinute: 0, toMinute: DAY, days: 127, factor: 2000 }] },
};
/** Any that the page does not offer. */
export const ANOTHER = 'another';

/** Undefined: it is none of those that the page offers. */
export function tariffNamed(name: string): TariffTerms | undefined {
  return Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
}

/** The name that the page shows for it, or `another`. */
export function nameOfTariff(tariff: TariffTerms): string {
  const name = nameOfBands(tariff);
  return tariffNamed(name)?.feedInFactor === tariff.feedInFactor ? name : ANOTHER;
}

/** The name that the page shows for it where it leaves feed-in as it is, or `another`. */
export function nameOfBands(tariff: Pick<TariffTerms, 'bands'>): string {
  const key = bandsKey(tariff);
  return Object.keys(CHOICES).find(name => bandsKey(CHOICES[name] as TariffTerms) === key) ?? ANOTHER;
}

/**
 * What can be chosen while one stands, and what it means.
 * @param name of that; empty: it is not known @param keepsFeedIn whatever is chosen
 */
export function tariffControl(name: string, { keepsFeedIn = false } = {}): NonNullable<Controls['tariff']> {
  const choices = Object.keys(CHOICES);
  const terms = choices.map(choice => `${choice}: ${termsText(CHOICES[choice] as TariffTerms, keepsFeedIn)}`);
  return {
    name,
    choices: name === ANOTHER ? [...choices, ANOTHER] : choices,
    terms: `${terms.join('; ')}. By the meter's local time.`,
  };
}

function termsText({ feedInFactor, bands }: TariffTerms, keepsFeedIn: boolean): string {
  const last = bands.find(({ toMinute }) => toMinute === DAY);
  const first = bands.find(({ fromMinute }) => fromMinute === 0);
  // a night is two bands, and one to people
  const isNight = first !== undefined && first !== last && first.factor === last?.factor;
  const shown = isNight ? bands.filter(band => band !== first) : bands;
  const texts = shown.map(band => {
    const until = isNight && band === last ? first.toMinute : band.toMinute;
    const isAllDay = band.fromMinute === 0 && until === DAY;
    const when = isAllDay ? 'all day' : `${clock(band.fromMinute)}–${clock(until)}`;
    return `${when} ×${band.factor / 1000}`;
  });
  if (shown.length === 0) texts.push('all day ×1');
  if (feedInFactor > 0 && !keepsFeedIn) texts.push(`fed in ×${feedInFactor / 1000}`);
  return texts.join(', ');
}

/** Of a minute of the day. */
function clock(minute: number): string {
  return `${Math.floor(minute / 60)}:${String(minute % 60).padStart(2, '0')}`;
}

/** The same text for the same bands, whatever else the objects hold, in whatever order. */
function bandsKey({ bands }: Pick<TariffTerms, 'bands'>): string {
  return JSON.stringify(
    bands.map(({ fromMinute, toMinute, days, factor }) => [fromMinute, toMinute, days, factor]),
  );
}
