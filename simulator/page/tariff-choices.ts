import type { TariffSetting } from '../../firmware/ledger/tariff-setting';
import { TIME_OF_USE } from '../time-of-use';
import type { Controls } from './page-state';

/** What a tariff says of energy, whenever it begins. */
type TariffTerms = Pick<TariffSetting, 'feedInFactor' | 'bands'>;

/** Those that the page offers, by name */
const CHOICES: Readonly<Record<string, TariffTerms>> = {
  flat: { feedInFactor: 0, bands: [] },
  'time of use': { feedInFactor: TIME_OF_USE.feedInFactor, bands: TIME_OF_USE.bands },
  double: { feedInFactor: 0, bands: [{ fromMinute: 0, toMinute: 1440, days: 127, factor: 2000 }] },
};
/** Any that the page does not offer. */
export const ANOTHER = 'another';

/** Undefined: it is none of those that the page offers. */
export function tariffNamed(name: string): TariffTerms | undefined {
  return Object.hasOwn(CHOICES, name) ? CHOICES[name] : undefined;
}

/** The name that the page shows for it, or `another`. */
export function nameOfTariff(tariff: TariffTerms): string {
  const terms = termsOf(tariff);
  return Object.keys(CHOICES).find(name => termsOf(CHOICES[name] as TariffTerms) === terms) ?? ANOTHER;
}

/** What can be chosen while one stands. @param name of that; empty: it is not known */
export function tariffControl(name: string): NonNullable<Controls['tariff']> {
  const choices = Object.keys(CHOICES);
  return { name, choices: name === ANOTHER ? [...choices, ANOTHER] : choices };
}

/** The same text for the same terms, whatever else the objects hold, in whatever order. */
function termsOf({ feedInFactor, bands }: TariffTerms): string {
  const numbers = bands.map(({ fromMinute, toMinute, days, factor }) => [fromMinute, toMinute, days, factor]);
  return JSON.stringify([feedInFactor, numbers]);
}
