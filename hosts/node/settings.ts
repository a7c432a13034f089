import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ascii } from '../../firmware/bytes';
import type { Broker } from '../../firmware/link/uplink';
import { checkBroker } from '../esp32/settings-checks';
import { fieldsOf, parseJson } from '../esp32/settings-text';
import type { LocationSetting } from '../location';
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
  const path = join(directory, SETTINGS_FILE);
  const kept = existsSync(path) ? fieldsOf(parseJson(readFileSync(path, 'utf8')))?.broker : undefined;
  const broker = kept === undefined ? undefined : checkBroker(kept);
  return broker?.ok ? broker.value : undefined;
}
