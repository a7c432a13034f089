import type { Broker } from '../../firmware/link/uplink';
import type { PhaseCalibration } from '../../firmware/metrology/calibration';
import { failure, type Result, success } from '../../firmware/result';
import { checkLocation, type LocationSetting } from '../location';
import { checkBroker, checkCalibrations, checkWifi, type WifiSetting } from './settings-checks';
import { parseJson } from './settings-text';
import { toUtf8 } from './settings-utf8';

/**
 * What of ECMA-419's key-value storage the settings need, opened with the format `string`. On the ESP32 it is NVS: keys
 * of up to 15 characters, texts of up to 3999 bytes, and a write is all or nothing. Every call may throw.
 */
export interface KeyValueStore {
  read(key: string): string | undefined;
  write(key: string, text: string): void;
  delete(key: string): void;
}

export interface SettingValues {
  readonly wifi: WifiSetting;
  readonly broker: Broker;
  readonly location: LocationSetting;
  /** Instead of the one that follows from the board's parts. */
  readonly calibration: { readonly phases: readonly PhaseCalibration[] };
}

export type SettingName = keyof SettingValues;

export const SETTING_NAMES: readonly SettingName[] = ['wifi', 'broker', 'location', 'calibration'];

/** Bytes that NVS takes, less the zero that ends them. */
const LONGEST_TEXT = 3999;

/**
 * What a person tells a board by its console, each setting kept under its own name as JSON. Every fault is one line for
 * that person: the setting, what was expected and what came. The seed is elsewhere and cannot be had from here; nor is
 * the link here: the ledger keeps it together with the registers that belong to it.
 */
export class Settings {
  readonly #store: KeyValueStore;
  readonly #phases: number;

  /** @param phases how many the board has */
  constructor(store: KeyValueStore, phases: number) {
    this.#store = store;
    this.#phases = phases;
  }

  /** Undefined when it was never set. Fails when it cannot be read, or is damaged. */
  get<Name extends SettingName>(name: Name): Result<SettingValues[Name] | undefined, string> {
    const text = this.#read(name);
    if (!text.ok) return text;
    return text.value === undefined ? success(undefined) : this.#check(name, parseJson(text.value));
  }

  /** Durable when it succeeds; a setting that is refused leaves the one before. */
  set<Name extends SettingName>(name: Name, content: unknown): Result<SettingValues[Name], string> {
    const checked = this.#check(name, content);
    if (!checked.ok) return checked;
    const text = JSON.stringify(checked.value);
    const length = toUtf8(text)?.length;
    if (length === undefined || length > LONGEST_TEXT)
      return failure(`${name}: expected at most ${LONGEST_TEXT} bytes, got ${length ?? 'half a character'}`);
    return this.#change(name, () => this.#store.write(name, text), text) ? checked : notKept(name);
  }

  /** Durable when it succeeds. */
  remove(name: SettingName): Result<undefined, string> {
    return this.#change(name, () => this.#store.delete(name), undefined) ? success(undefined) : notKept(name);
  }

  #check<Name extends SettingName>(name: Name, content: unknown): Result<SettingValues[Name], string> {
    const checks: {
      readonly [Key in SettingName]: (content: unknown) => Result<SettingValues[Key], string>;
    } = {
      wifi: checkWifi,
      broker: checkBroker,
      location: checkLocation,
      calibration: value => checkCalibrations(value, this.#phases),
    };
    return checks[name](content);
  }

  #read(name: SettingName): Result<string | undefined, string> {
    try {
      return success(this.#store.read(name));
    } catch {
      return failure(`${name}: expected the flash to give it back, got an error`);
    }
  }

  /** True when what is read back is what was to be. */
  #change(name: SettingName, change: () => void, expected: string | undefined): boolean {
    try {
      change();
      return this.#store.read(name) === expected;
    } catch {
      return false;
    }
  }
}

function notKept(name: SettingName) {
  return failure(`${name}: expected the flash to keep it, got an error or something else back`);
}
