import { emulatedFlash } from '../../hosts/mock/flash';
import { TYPICAL_HARDWARE } from '../../hosts/mock/front-end';
import { PhasorFrontEnd } from '../../hosts/mock/phasor';
import { Prng } from '../../hosts/mock/prng';
import { benchMeter, commission, expectSupplied } from './bench-meter';
import type { BenchRow, Effort } from './row';
import { median, timed } from './timing';

const LOAD = {
  voltage: 230,
  frequency: 50,
  phases: [{ activePower: 1000, reactivePower: 300 }],
  until: Number.POSITIVE_INFINITY,
};

/** From a window of sums to the decision about the relay: measurement, energy, ledger and supply of a real meter. */
export function benchWindow({ runs, windows }: Effort): BenchRow[] {
  const flash = emulatedFlash('window');
  commission(flash);
  const { meter, sensor, clock } = benchMeter(flash);
  meter.start();
  const frontEnd = new PhasorFrontEnd(TYPICAL_HARDWARE, new Prng('window'), 0);
  const run = () => {
    let milliseconds = 0;
    for (let k = 0; k < windows; k++) {
      const window = frontEnd.next(() => LOAD);
      // Whatever else was due, as a reading to sign, is done before.
      clock.advance(window.duration / 1000);
      milliseconds += timed(() => sensor.window(window));
    }
    return milliseconds;
  };
  const times = Array.from({ length: runs }, run);
  expectSupplied(meter);
  const value = (median(times) * 1000) / windows;
  return [{ name: 'window to relay decision', value, unit: 'µs', budget: { atMost: 20 } }];
}
