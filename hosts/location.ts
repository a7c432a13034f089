import { type Result, success } from '../firmware/result';
import { fieldsOf, refusal } from './esp32/settings-text';

/** Where a meter hangs: for whoever looks for it. It decides nothing; local time is the policy's. */
export interface LocationSetting {
  /** Degrees, −90 to 90, north positive */
  readonly latitude: number;
  /** Degrees, −180 to 180, east positive */
  readonly longitude: number;
  /** Minutes that local time is ahead of UTC, −720 to 840 */
  readonly utcOffset: number;
}

const LIMITS: Readonly<Record<keyof LocationSetting, readonly [least: number, most: number]>> = {
  latitude: [-90, 90],
  longitude: [-180, 180],
  utcOffset: [-720, 840],
};
const NAMES = Object.keys(LIMITS) as readonly (keyof LocationSetting)[];

export function checkLocation(content: unknown): Result<LocationSetting, string> {
  const fields = fieldsOf(content);
  if (fields === undefined) return refusal('location', 'an object', content);
  const stranger = Object.keys(fields).find(name => !Object.hasOwn(LIMITS, name));
  if (stranger !== undefined) return refusal('location', NAMES.join(', '), stranger);
  for (const name of NAMES) {
    const [least, most] = LIMITS[name];
    const value = fields[name];
    const isWhole = name !== 'utcOffset' || Number.isInteger(value);
    if (!isWhole || typeof value !== 'number' || !(value >= least && value <= most))
      return refusal(`location.${name}`, `${least} to ${most}`, value);
  }
  const { latitude, longitude, utcOffset } = fields as unknown as LocationSetting;
  return success({ latitude, longitude, utcOffset });
}
