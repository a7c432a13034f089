import test from 'ava';
import { wattHours } from '../../../firmware/energy';
import { Ledger } from '../../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../../firmware/ledger/policy';
import { ConsumptionProfile } from '../../../firmware/metrology/consumption-profile';
import { Forecaster } from '../../../firmware/supply/forecaster';
import { VirtualClock } from '../../../hosts/mock/clock';
import { type EmulatedMeterFlash, emulatedFlash } from '../../../hosts/mock/flash';

/** A Monday, 00:00 UTC */
const MONDAY = 1_799_625_600;
const HOUR = 3_600_000;
const MINUTE = 60_000;
/** One each minute */
const WINDOW = 1e6 * 60;

/** A ledger that consumes, and a forecaster that looks on. */
class Place {
  readonly clock: VirtualClock;
  readonly flash: EmulatedMeterFlash;
  readonly ledger: Ledger;
  readonly forecaster: Forecaster;
  /** Wh an hour */
  imports = 120;
  exports = 0;

  constructor(time: number | undefined, flash = emulatedFlash(1)) {
    this.clock = new VirtualClock(time);
    this.flash = flash;
    const ledger = Ledger.open(flash.ledger);
    if (!ledger.ok) throw new Error(ledger.fault);
    this.ledger = ledger.value;
    this.forecaster = new Forecaster(this.clock, this.ledger);
    this.forecaster.setSupplied(true);
    this.forecaster.start();
  }

  pass(hours: number): void {
    for (let minute = 0; minute < Math.round(hours * 60); minute++) {
      this.clock.advance(MINUTE - 1000);
      this.ledger.consume(wattHours(this.imports / 60), wattHours(this.exports / 60), WINDOW, 1000, 1000);
      this.clock.advance(1000);
    }
  }

  /** Wh of each hour that was learned, in the order of the week */
  get learned(): Record<number, number> {
    const { profile } = this.ledger;
    const known = [...profile.subarray(7)].flatMap((code, hour) => (code === 255 ? [] : [hour]));
    const kept = new ConsumptionProfile(profile);
    return Object.fromEntries(known.map(hour => [hour, Math.round(kept.at(hour) / 1000)]));
  }
}

test('each whole hour is learned at its end, and kept', t => {
  const place = new Place(MONDAY - (2 * HOUR) / 1000 - 600);
  t.deepEqual(place.learned, {});
  place.pass(10 / 60);
  place.imports = 64;
  place.pass(1);
  place.imports = 256;
  place.pass(1);
  t.deepEqual(place.learned, { 166: 64, 167: 256 });
  place.pass(1);
  t.deepEqual(place.learned, { 0: 256, 166: 64, 167: 256 });
});

test('what is fed in comes off, and an hour that earned counts as nothing', t => {
  const place = new Place(MONDAY);
  place.imports = 128;
  place.exports = 64;
  place.pass(1);
  place.exports = 256;
  place.pass(1);
  t.deepEqual(place.learned, { 0: 64, 1: 0 });
});

test('hours are those of the local time', t => {
  const place = new Place(MONDAY);
  place.ledger.update({ policy: { ...INITIAL_POLICY, version: 1, utcOffset: 720 + 330 } });
  place.imports = 64;
  // at 05:30, 06:30, and from then on at the full hours
  place.pass(3.5);
  t.deepEqual(place.learned, { 7: 64, 8: 64 });
});

test('an hour is not learned in which the supply was off, the clock was set or the meter started', t => {
  const place = new Place(MONDAY);
  place.imports = 64;
  place.pass(0.5);
  place.forecaster.setSupplied(false);
  place.pass(0.1);
  place.forecaster.setSupplied(true);
  place.pass(1.4);
  t.deepEqual(place.learned, { 1: 64 });
  place.pass(0.5);
  place.clock.setUnixTime(MONDAY + 2.75 * 3600);
  place.pass(1.25);
  t.deepEqual(place.learned, { 1: 64 });
  place.pass(1);
  t.deepEqual(place.learned, { 1: 64, 4: 64 });
  place.pass(0.5);
  place.clock.setUnixTime(MONDAY + 9.5 * 3600);
  place.pass(0.5);
  t.deepEqual(place.learned, { 1: 64, 4: 64 });
  const again = new Place(MONDAY + 10.2 * 3600, place.flash);
  again.imports = 64;
  again.pass(0.8);
  t.deepEqual(again.learned, { 1: 64, 4: 64 });
  again.pass(1);
  t.deepEqual(again.learned, { 1: 64, 4: 64, 11: 64 });
});

test('a correction of the clock by seconds is none', t => {
  const place = new Place(MONDAY);
  place.imports = 64;
  for (let hour = 0; hour < 4; hour++) {
    place.pass(0.5);
    place.clock.setUnixTime(MONDAY + (hour + 0.5) * 3600 + 3 * (hour % 2));
    place.pass(0.5);
  }
  t.deepEqual(place.learned, { 0: 64, 1: 64, 2: 64, 3: 64 });
});

test('nothing is learned while the supply is off, and from the next full hour when it is on', t => {
  const place = new Place(MONDAY);
  place.forecaster.setSupplied(false);
  place.imports = 0;
  place.pass(5);
  t.deepEqual(place.learned, {});
  place.forecaster.setSupplied(true);
  place.pass(0.5);
  place.forecaster.setSupplied(true);
  place.pass(1.5);
  t.deepEqual(place.learned, { 6: 0 });
});

test('while the time is unknown nothing is learned, and it is noticed within a minute when it is known', t => {
  const place = new Place(undefined);
  place.imports = 64;
  place.pass(30);
  t.deepEqual(place.learned, {});
  place.clock.setUnixTime(MONDAY + 1800);
  place.pass(0.5);
  place.pass(1);
  t.deepEqual(place.learned, { 1: 64 });
});

test('after a day there is a forecast, and a restart changes nothing of it', t => {
  const place = new Place(MONDAY);
  place.imports = 128;
  place.ledger.credit(wattHours(128 * 24 + 128 * 36), wattHours(0));
  place.pass(23);
  t.is(place.forecaster.forecast, undefined);
  place.pass(1);
  const made = place.forecaster.forecast;
  t.is(made?.hoursLeft, 36);
  t.is(made?.dayUse, wattHours(128 * 24));
  place.ledger.save();
  const again = new Place(MONDAY + 24 * 3600, place.flash);
  t.deepEqual(again.forecaster.forecast, made);
});

test('once the time is unknown again, the forecast is made with the mean of all hours', t => {
  const place = new Place(MONDAY);
  place.imports = 128;
  place.ledger.credit(wattHours(128 * 25 + 128 * 36), wattHours(0));
  place.pass(25);
  const known = place.forecaster.forecast;
  place.clock.setUnixTime(undefined);
  const unknown = place.forecaster.forecast;
  t.is(unknown?.hoursLeft, known?.hoursLeft);
  t.true((unknown?.late ?? 0) > (known?.late ?? 0));
});

test('a forecast holds for a minute, unless the balance changes by more than a hundredth', t => {
  const place = new Place(MONDAY);
  place.imports = 128;
  place.ledger.credit(wattHours(128 * 24 + 128 * 36), wattHours(0));
  place.pass(24);
  const made = place.forecaster.forecast;
  t.is(made?.hoursLeft, 36);
  place.clock.advance(MINUTE - 1000);
  t.is(place.forecaster.forecast, made);
  place.ledger.consume(wattHours(128 * 0.36), wattHours(0), WINDOW);
  t.is(place.forecaster.forecast, made);
  place.ledger.consume(wattHours(1), wattHours(0), WINDOW);
  const changed = place.forecaster.forecast;
  t.true((changed?.hoursLeft ?? 36) < 36);
  place.clock.advance(1000);
  t.not(place.forecaster.forecast, changed);
});

test('an hour that the flash does not take is kept with the next', t => {
  const place = new Place(MONDAY);
  place.imports = 64;
  const write = place.flash.ledger.write.bind(place.flash.ledger);
  const erase = place.flash.ledger.erase.bind(place.flash.ledger);
  place.pass(0.99);
  Object.assign(place.flash.ledger, { write: () => false, erase: () => false });
  place.pass(0.02);
  t.deepEqual(place.learned, {});
  Object.assign(place.flash.ledger, { write, erase });
  place.pass(1);
  t.deepEqual(place.learned, { 0: 64, 1: 64 });
});

test('stopped, it looks no more', t => {
  const place = new Place(MONDAY);
  place.forecaster.stop();
  t.is(place.clock.pending, 0);
});
