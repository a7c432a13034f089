import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ascii } from '../../firmware/bytes';
import type { Broker } from '../../firmware/link/uplink';
import { checkBroker } from '../esp32/settings-checks';
import { fieldsOf, parseJson } from '../esp32/settings-text';
import { checkLocation, type LocationSetting } from '../location';
import { writeFileAtomically } from './atomic-file';

const SETTINGS_FILE = 'settings.json';

/** What a meter on Node was told by hand besides its link. */
export interface NodeSettings {
  readonly broker?: Broker;
  readonly location?: LocationSetting;
}

/** Durable, and all of it or nothing. @throws Error when the directory cannot be written. */
export function keepSettings(directory: string, { broker, location }: NodeSettings): void {
  const text = `${JSON.stringify({ broker, location }, null, 2)}\n`;
  writeFileAtomically(join(directory, SETTINGS_FILE), ascii(text), 0o600);
}

/** The broker that was told; undefined when none was, or what is kept is damaged. */
export function keptBroker(directory: string): Broker | undefined {
  const kept = keptSetting(directory, 'broker');
  const broker = kept === undefined ? undefined : checkBroker(kept);
  return broker?.ok ? broker.value : undefined;
}

/** Where it hangs, as it was told; undefined as `keptBroker` is. */
export function keptLocation(directory: string): LocationSetting | undefined {
  const kept = keptSetting(directory, 'location');
  const location = kept === undefined ? undefined : checkLocation(kept);
  return location?.ok ? location.value : undefined;
}

function keptSetting(directory: string, name: keyof NodeSettings): unknown {
  const path = join(directory, SETTINGS_FILE);
  return existsSync(path) ? fieldsOf(parseJson(readFileSync(path, 'utf8')))?.[name] : undefined;
}
