import Resource from 'Resource';
import Poco from 'commodetto/Poco';
import parseBMF from 'commodetto/parseBMF';
import * as files from 'file';
import config from 'mc/config';
import Time from 'time';
import Timer from 'timer';
import type { Clock, Crypto, Host } from '../../firmware/host';
import { failure, type Result, success } from '../../firmware/result';
import { LINK_FILE } from '../link-document';
import { calibrationOf, TYPICAL_HARDWARE } from '../mock/front-end';
import { FrontEndSensor } from '../mock/front-end-sensor';
import { Prng } from '../mock/prng';
import { createCrypto } from '../native/crypto/crypto';
import { sha512 } from '../native/crypto/sha512';
import { DesktopClock } from './clock';
import { DesktopMeter } from './desktop-meter';
import { readText } from './files';
import { openFlash } from './flash';
import { Household } from './household';
import { createNetwork } from './network';
import { Screen } from './screen';
import { FileSecretStore } from './secrets';
import { AUTHORITY_FILE, readSettings, trusting } from './settings';
import { viewOf } from './view';

/** ms between two pictures */
const REFRESH = 250;
/** Bytes; a picture of full lines takes some 10 KB */
const DISPLAY_LIST = 32768;
/** Bytes of a link document or an authority */
const LONGEST_TEXT = 16384;
/** W that the person at the screen may draw, and what the buttons say. */
const LOADS = { '0 W': 0, '60 W': 60, '1 kW': 1000, '3 kW': 3000 } as const;

/** The simulator's screen; its handlers are called by the simulator. */
declare const screen: ConstructorParameters<typeof Poco>[0] & { context: unknown };

/** The app for the SDK's simulator: the meter with a screen, on simulated mains. */
export default function main(): void {
  const clock = new DesktopClock(Time, Timer);
  const crypto = { ...createCrypto(), sha512 };
  const household = new Household();
  const opened = openMeter(clock, crypto, household);
  const face = new Screen(new Poco(screen, { displayListLength: DISPLAY_LIST }), fonts(), () =>
    opened.ok ? buttons(household, opened.value) : [],
  );
  const refresh = () => {
    const view = opened.ok
      ? viewOf(crypto, opened.value.meter, opened.value.notice)
      : viewOf(crypto, undefined, opened.fault);
    face.draw(view);
  };
  const refreshAgain = () => {
    refresh();
    clock.after(REFRESH, refreshAgain);
  };
  refreshAgain();
  screen.context = {
    onTouchEnded: (_index: number, x: number, y: number) => {
      face.touch(x, y);
      refresh();
    },
    onQuit: () => opened.ok && opened.value.stop(),
  };
}

/** The fault is one line on what keeps the meter from being. */
function openMeter(clock: Clock, crypto: Crypto, household: Household): Result<DesktopMeter, string> {
  const settings = readSettings(config);
  if (!settings.ok) return settings;
  const { state } = settings.value;
  const authority = readText(files, state + AUTHORITY_FILE, LONGEST_TEXT);
  if (!authority.ok) return authority;
  const broker = trusting(settings.value.broker, authority.value);
  if (!broker.ok) return broker;
  try {
    const host = openHost(state, clock, crypto, household);
    const options = { calibration: calibrationOf(TYPICAL_HARDWARE), broker: broker.value };
    const readLink = () => readText(files, state + LINK_FILE, LONGEST_TEXT);
    return success(new DesktopMeter(host, options, readLink));
  } catch (error) {
    return failure(`state: expected a directory to keep it in, got ${(error as Error).message}`);
  }
}

/** @throws Error when the directory or what is in it is of no use */
function openHost(state: string, clock: Clock, crypto: Crypto, { relay, world }: Household): Host {
  files.Directory.create(state);
  const prng = new Prng('front end');
  return {
    clock,
    crypto,
    relay,
    sensor: new FrontEndSensor({ clock, world, hardware: TYPICAL_HARDWARE, prng, fidelity: 'waveform' }),
    flash: openFlash(files, state),
    secrets: new FileSecretStore(files, state, crypto.random),
    network: createNetwork(clock, crypto),
    restart: 'power',
  };
}

function buttons(household: Household, meter: DesktopMeter) {
  const loads = Object.entries(LOADS).map(([label, watts]) => ({
    label,
    isOn: household.load === watts,
    press: () => {
      household.load = watts;
    },
  }));
  const isPlugged = meter.meter !== undefined;
  const plug = {
    label: isPlugged ? 'Pull the plug' : 'Plug in',
    isOn: isPlugged,
    press: () => (isPlugged ? meter.pullPlug() : meter.plugIn()),
  };
  return [loads, [plug]];
}

function fonts() {
  const font = (name: string) => parseBMF(new Resource(`${name}.bf4`));
  return {
    text: font('OpenSans-Regular-16'),
    heading: font('OpenSans-Semibold-18'),
    balance: font('OpenSans-Semibold-28'),
  };
}
