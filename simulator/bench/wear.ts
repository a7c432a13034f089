import { kilowattHours, type MilliwattHours } from '../../firmware/energy';
import { House } from '../house/house';
import { DEFAULT_SITE } from '../house/solar';
import { DAY } from '../house/time';
import type { BenchRow, Effort } from './row';
import { WearLoad } from './wear-load';

const DAYS_PER_YEAR = 365;
/** Erases that a sector of the usual NOR flash is good for. */
const ENDURANCE = 100_000;
/** Years */
const BUDGET = { atLeast: 20 };
/** Of a household, import and export apart */
const HOUSEHOLD = kilowattHours(4000);
/** W */
const LARGEST_LOAD = 20_000;
/** Of a sector, during which a constant load is counted: some two days, of which one is like the other. */
const CONSTANT_ERASES = 16;

/**
 * How the ledger's flash wears, by the erases of its most erased sector that the emulated flash counts over some days, and
 * how long it would last if all its days were so. They come after 20 years of service, when numbers are longest.
 */
export function benchWear({ wearDays }: Effort): BenchRow[] {
  const house = erasesOfHouse(wearDays);
  return [
    { name: 'erases of the most erased ledger sector', value: house, unit: 'a year' },
    lifeRow('house of 4 MWh a year', house),
    lifeRow('20 kW on one phase', erasesAtConstant(1)),
    lifeRow('20 kW over three phases', erasesAtConstant(3)),
  ];
}

function lifeRow(load: string, erasesPerYear: number): BenchRow {
  const name = `life of the ledger at 100,000 erases, ${load}`;
  return { name, value: ENDURANCE / erasesPerYear, unit: 'years', budget: BUDGET };
}

function erasesOfHouse(days: number): number {
  const target = (HOUSEHOLD / DAYS_PER_YEAR) * days;
  const scale = target / importedBy(powersOf(days));
  const load = new WearLoad(1, HOUSEHOLD, HOUSEHOLD);
  for (const power of powersOf(days)) load.advance(scale * power);
  return (load.erases / days) * DAYS_PER_YEAR;
}

function erasesAtConstant(phases: number): number {
  const yearly = kilowattHours((LARGEST_LOAD / 1000) * 24 * DAYS_PER_YEAR);
  const load = new WearLoad(phases, yearly, kilowattHours(0));
  const secondsUntil = (erases: number) => {
    let seconds = 0;
    for (; load.erases < erases; seconds++) load.advance(LARGEST_LOAD);
    return seconds;
  };
  secondsUntil(2);
  return (CONSTANT_ERASES / secondsUntil(2 + CONSTANT_ERASES)) * DAYS_PER_YEAR * DAY;
}

/** W at the meter, a second each */
function* powersOf(days: number): Generator<number, void, void> {
  const house = new House(1, { ...DEFAULT_SITE, feedsGrid: true });
  for (let second = 1; second <= days * DAY; second++) {
    yield house.activePower;
    house.advance(second);
  }
}

/** mWh */
function importedBy(powers: Iterable<number>): MilliwattHours {
  let wattSeconds = 0;
  for (const power of powers) wattSeconds += Math.max(0, power);
  return kilowattHours(wattSeconds / 3.6e6);
}
