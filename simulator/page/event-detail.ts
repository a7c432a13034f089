import { EVENT_CODES } from '../../firmware/attest/event';
import { toHex } from '../../firmware/bytes';
import { formatEnergy } from '../view/format';

const NAMES = new Map<number, string>(Object.entries(EVENT_CODES).map(([name, code]) => [code, name]));
/** Whose number is mWh. */
const ENERGIES = new Set(['lowBalance', 'criticalBalance', 'creditApplied', 'emergencyCredit']);
const DIGESTS = new Set(['calibrationChanged', 'calibrationRefused']);

/** An EventName, or `event 99` for a code of a later firmware. */
export function eventName(code: number): string {
  return NAMES.get(code) ?? `event ${code}`;
}

/** What an event says, as text: a detail is a text that begins at its first byte, a uint256, or two half digests. */
export function eventDetail(name: string, detail: Uint8Array): string {
  if (DIGESTS.has(name)) return `${toHex(detail.subarray(0, 4))}… → ${toHex(detail.subarray(16, 20))}…`;
  if (detail[0] !== 0) return textOf(detail);
  const number = BigInt(`0x${toHex(detail)}`);
  if (ENERGIES.has(name)) return formatEnergy(Number(number));
  return number === 0n ? '' : String(number);
}

function textOf(detail: Uint8Array): string {
  const end = detail.indexOf(0);
  return String.fromCharCode(...detail.subarray(0, end < 0 ? detail.length : end));
}
