import { emulatedFlash } from '../../hosts/mock/flash';
import { House } from '../house/house';
import { DEFAULT_SITE } from '../house/solar';
import { DAY } from '../house/time';
import { benchMeter, commission, expectSupplied } from './bench-meter';
import type { BenchRow, Effort } from './row';

const DAYS_PER_YEAR = 365;
/** Erases that a sector of the usual NOR flash is good for. */
const ENDURANCE = 100_000;
/** µs */
const SECOND = 1e6;

/**
 * How the ledger's flash wears at the simulated house's consumption, by the erases that the emulated flash counts. To
 * get through the days the meter is told the house's power each second, as a metering chip would, and not by windows.
 */
export function benchWear({ wearDays }: Effort): BenchRow[] {
  const { ledger, log } = emulatedFlash('wear');
  commission({ ledger, log });
  const { meter, sensor, clock } = benchMeter({ ledger, log });
  const house = new House(1, { ...DEFAULT_SITE, feedsGrid: false });
  meter.start();
  for (let second = 1; second <= wearDays * DAY; second++) {
    sensor.measurement(measurementOf(house));
    clock.advance(1000);
    house.advance(second);
  }
  expectSupplied(meter);
  const perYear = (Math.max(...ledger.erases) * DAYS_PER_YEAR) / wearDays;
  return [
    { name: 'erases of the most erased ledger sector', value: perYear, unit: 'a year' },
    { name: 'life of the ledger at 100,000 erases', value: ENDURANCE / perYear, unit: 'years' },
  ];
}

function measurementOf({ voltage, frequency, activePower, reactivePower }: House) {
  const apparentPower = Math.hypot(activePower, reactivePower);
  const current = voltage > 0 ? apparentPower / voltage : 0;
  const powerFactor = apparentPower > 0 ? activePower / apparentPower : 1;
  const phase = { voltage, current, activePower, reactivePower, apparentPower, powerFactor };
  return { phases: [phase], frequency, duration: SECOND };
}
