import type { Broker } from '../../firmware/link/uplink';
import {
  CALIBRATION_LIMITS,
  type CalibrationFault,
  checkCalibration,
  MOST_CORRECTIONS,
  type PhaseCalibration,
} from '../../firmware/metrology/calibration';
import { type Result, success } from '../../firmware/result';
import { checkCertificate } from './settings-certificate';
import { fieldsOf, refusal, silentRefusal } from './settings-text';
import { toUtf8 } from './settings-utf8';

/** The Wi-Fi network that the meter joins. */
export interface WifiSetting {
  /** 1 to 32 bytes of UTF-8 */
  readonly ssid: string;
  /** 8 to 63 bytes, WPA; absent for an open network */
  readonly password?: string;
}

export function checkWifi(content: unknown): Result<WifiSetting, string> {
  const fields = fieldsOf(content);
  if (fields === undefined) return silentRefusal('wifi', 'an object', 'something else');
  const { ssid, password } = fields;
  const length = typeof ssid === 'string' ? toUtf8(ssid)?.length : undefined;
  if (typeof ssid !== 'string' || length === undefined) return refusal('wifi.ssid', 'a text', ssid);
  if (length < 1 || length > 32) return silentRefusal('wifi.ssid', '1 to 32 bytes', String(length));
  if (hasControls(ssid)) return refusal('wifi.ssid', 'no control characters', ssid);
  if (password === undefined) return success({ ssid });
  const secretLength = typeof password === 'string' ? toUtf8(password)?.length : undefined;
  if (typeof password !== 'string' || secretLength === undefined)
    return silentRefusal('wifi.password', 'a text', 'something else');
  if (secretLength < 8 || secretLength > 63)
    return silentRefusal('wifi.password', '8 to 63 bytes', String(secretLength));
  if (hasControls(password)) return silentRefusal('wifi.password', 'no control characters', 'some');
  return success({ ssid, password });
}

export function checkBroker(content: unknown): Result<Broker, string> {
  const fields = fieldsOf(content);
  if (fields === undefined) return refusal('broker', 'an object', content);
  const { host, port, tls } = fields;
  if (typeof host !== 'string' || !/^[A-Za-z0-9._:-]{1,253}$/.test(host))
    return refusal('broker.host', 'a name or an address', host);
  if (typeof port !== 'number' || !Number.isInteger(port) || port < 1 || port > 65_535)
    return refusal('broker.port', '1 to 65535', port);
  if (tls === undefined) return success({ host, port });
  const options = fieldsOf(tls);
  if (options === undefined) return refusal('broker.tls', 'an object', tls);
  const { authority, keyHash } = options;
  if (keyHash !== undefined && !(typeof keyHash === 'string' && /^[0-9a-f]{64}$/.test(keyHash)))
    return refusal('broker.keyHash', '64 hex digits in lower case', keyHash);
  const pinned = keyHash === undefined ? {} : { keyHash: keyHash as string };
  if (authority === undefined) return success({ host, port, tls: pinned });
  const certificate = checkCertificate(authority);
  return certificate.ok
    ? success({ host, port, tls: { ...pinned, authority: certificate.value } })
    : certificate;
}

const CALIBRATION_FIELDS: readonly string[] = [...Object.keys(CALIBRATION_LIMITS), 'reversed', 'byCurrent'];

/**
 * A calibration file's content, `{"phases": [{...}]}`; of a phase all but the two gains may be left out, and is 0 or
 * none then.
 * @param phases how many the board has
 */
export function checkCalibrations(
  content: unknown,
  phases: number,
): Result<{ readonly phases: readonly PhaseCalibration[] }, string> {
  const list = fieldsOf(content)?.phases;
  if (!Array.isArray(list) || list.length !== phases)
    return refusal('calibration.phases', `a list of ${phases}`, Array.isArray(list) ? list.length : list);
  const checked: PhaseCalibration[] = [];
  for (const [index, phase] of list.entries()) {
    const result = checkPhase(phase, `calibration.phases[${index}]`);
    if (!result.ok) return result;
    checked.push(result.value);
  }
  return success({ phases: checked });
}

function checkPhase(content: unknown, name: string): Result<PhaseCalibration, string> {
  const fields = fieldsOf(content);
  if (fields === undefined) return refusal(name, 'an object', content);
  const stranger = Object.keys(fields).find(field => !CALIBRATION_FIELDS.includes(field));
  if (stranger !== undefined) return refusal(name, CALIBRATION_FIELDS.join(', '), stranger);
  // Not of the type yet: the check refuses whatever is no number.
  const phase = {
    phaseDegrees: 0,
    skewMicroseconds: 0,
    noLoadWatts: 0,
    ...fields,
  } as unknown as PhaseCalibration;
  const result = checkCalibration(phase);
  if (result.ok) return result;
  return refusal(`${name}.${result.fault}`, possibleValue(result.fault), phase[result.fault]);
}

function possibleValue(field: CalibrationFault): string {
  if (field === 'reversed') return 'true or false';
  if (field === 'byCurrent')
    return `at most ${MOST_CORRECTIONS} of amps, gain and phaseDegrees, by ascending amps`;
  const [least, greatest] = CALIBRATION_LIMITS[field];
  return `a number of ${least} to ${greatest}`;
}

function hasControls(text: string): boolean {
  for (let k = 0; k < text.length; k++)
    if (text.charCodeAt(k) < 0x20 || text.charCodeAt(k) === 0x7f) return true;
  return false;
}
