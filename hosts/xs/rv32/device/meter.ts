import type { Host } from '../../../../firmware/host';
import { Meter } from '../../../../firmware/meter';
import { VirtualClock } from '../../../mock/clock';
import { ScriptedSensor } from '../../../mock/scripted-sensor';
import { sampledWindow } from '../../../native/sampler/native-window';
import type { FlashState } from '../plan';
import { collect, instructions, print } from './machine';
import { counted, expect, load, type Setup } from './setup';

const START_TIME = 1_780_272_000;
const BROKER = { host: 'broker', port: 1883 };
/** Place of a window's duration, µs, in the numbers of the native sampler */
const DURATION = 2;
/** A network in which nobody ever answers. */
const NETWORK = { open: () => ({ read: () => undefined, write: () => {}, close: () => {} }) };

/** From the sums that the native sampler hands over to the decision about the relay, after which the watchdog is fed. */
export function window(setup: Setup): void {
  takeWindows(setup, 'window');
}

/** With all that a window has told when its turn is over: faults, voltage and wiring are looked at after the decision. */
export function wholeWindow(setup: Setup): void {
  takeWindows(setup, 'wholeWindow');
}

function takeWindows(setup: Setup, span: 'window' | 'wholeWindow'): void {
  load(setup, 'begun');
  const wired = hostOf(setup);
  const { sensor, clock } = wired;
  let decided = 0;
  const watchdog = {
    feed: () => {
      decided = instructions();
    },
  };
  const meter = new Meter({ ...wired.host, watchdog }, optionsOf(setup));
  meter.start();
  for (const numbers of setup.plan.windows) {
    const handedOver = Float64Array.from(numbers);
    // Whatever else is due, as an event to sign, is done before.
    clock.advance((handedOver[DURATION] as number) / 1000);
    const start = instructions();
    sensor.window(sampledWindow(handedOver, 1).window);
    const end = span === 'window' ? decided : instructions();
    print(`${span} ${end - start}`);
  }
  expect('supply', meter.supply.closed && meter.measurement.frequency > 0);
}

/** From the wired host to the decision about the relay, with a full ledger and a log that was never used. */
export function boot(setup: Setup): void {
  for (let k = 0; k < setup.plan.runs; k++) counted('boot', readyToBoot(setup, 'begun'));
}

/** Likewise, with a log that is full too. */
export function fullBoot(setup: Setup): void {
  for (let k = 0; k < setup.plan.runs; k++) counted('fullBoot', readyToBoot(setup, 'full'));
}

/**
 * What comes after that decision: the key is proved, the log read, the session begun, and signed and kept are the boot,
 * the change of the supply and a reading.
 */
export function opening(setup: Setup): void {
  openAfterBoot(setup, 'opening', 'begun');
}

/** Likewise, with a log that is full too. */
export function fullOpening(setup: Setup): void {
  openAfterBoot(setup, 'fullOpening', 'full');
}

function openAfterBoot(setup: Setup, span: 'opening' | 'fullOpening', state: FlashState): void {
  for (let k = 0; k < setup.plan.runs; k++) {
    const { meter, clock } = readyToBoot(setup, state)();
    counted(span, () => clock.advance(0));
    expect('a reading', meter.lastReading > 0);
  }
}

/** A host that is wired, and the boot from there. */
function readyToBoot(setup: Setup, state: FlashState) {
  const handedOver = Float64Array.from(setup.plan.windows[0] ?? []);
  load(setup, state);
  const { host, sensor, clock } = hostOf(setup);
  const options = optionsOf(setup);
  collect();
  return () => {
    const meter = new Meter(host, options);
    meter.start();
    // It supplies nothing before the first window.
    sensor.window(sampledWindow(handedOver, 1).window);
    expect('supply', meter.supply.closed);
    return { meter, clock };
  };
}

function optionsOf({ plan: { calibration } }: Setup) {
  return { calibration, broker: BROKER };
}

function hostOf({ crypto, secret, flash }: Setup) {
  const sensor = new ScriptedSensor();
  const clock = new VirtualClock(START_TIME);
  const host: Host = {
    sensor,
    relay: { close: () => {}, open: () => {} },
    flash,
    secrets: { seed: () => secret },
    clock,
    crypto,
    network: NETWORK,
    indicator: { show: () => {} },
    watchdog: { feed: () => {} },
  };
  return { host, sensor, clock };
}
