import { InvalidArgumentError } from 'commander';
import { parseAddress } from '../../firmware/attest/address';
import { fromHex } from '../../firmware/bytes';
import { kilowattHours, MAX_ENERGY, type MilliwattHours } from '../../firmware/energy';
import { createCrypto } from '../../hosts/node/crypto';

/*
 * Parsers of option arguments, for commander. Each throws InvalidArgumentError, a usage error, that says what was
 * expected; commander adds which option it was and what came.
 */

const UINT32 = 2 ** 32 - 1;

/** A token id, decimal, up to 2²⁵⁶ − 1. */
export function m3terIdOption(text: string): bigint {
  const id = /^\d{1,78}$/.test(text) ? BigInt(text) : undefined;
  if (id === undefined || id >= 1n << 256n) throw new InvalidArgumentError('Expected a token id in decimal.');
  return id;
}

/** An EIP-155 chain id. */
export function chainIdOption(text: string): number {
  return wholeNumber(text, 1, Number.MAX_SAFE_INTEGER, 'a chain id');
}

/** 20 bytes. */
export function addressOption(text: string): Uint8Array {
  const address = parseAddress(createCrypto(), text);
  if (address === undefined)
    throw new InvalidArgumentError(
      'Expected an address: 0x and 40 hex digits, with a right checksum if mixed case.',
    );
  return address;
}

/** SHA-256 of a public key. */
export function keyHashOption(text: string): string {
  if (!/^[0-9a-f]{64}$/i.test(text)) throw new InvalidArgumentError('Expected a SHA-256: 64 hex digits.');
  return text;
}

/** Energy in kWh with up to six decimals, so that it is whole mWh. */
export function kilowattHoursOption(text: string): MilliwattHours {
  const count = /^\d+(\.\d{1,6})?$/.test(text) ? Number(text) : Number.NaN;
  if (!(count * 1e6 <= MAX_ENERGY))
    throw new InvalidArgumentError(`Expected kWh, 0 to ${MAX_ENERGY / 1e6}, with at most six decimals.`);
  return kilowattHours(count);
}

export function wattsOption(text: string): number {
  return wholeNumber(text, 0, UINT32, 'whole watts');
}

export function versionOption(text: string): number {
  return wholeNumber(text, 1, UINT32, 'a version');
}

/** Unix seconds, given as such or as an ISO 8601 date with an optional time; UTC unless it names another zone. */
export function momentOption(text: string): number {
  if (/^\d+$/.test(text)) return wholeNumber(text, 0, Number.MAX_SAFE_INTEGER, 'Unix seconds');
  const iso = /^(\d{4}-\d\d-\d\d)(?:T(\d\d:\d\d(?::\d\d)?)(Z|[+-]\d\d:\d\d)?)?$/.exec(text);
  const [, date = '', time = '00:00', zone = 'Z'] = iso ?? [];
  const milliseconds = isDate(date) ? Date.parse(`${date}T${time}${zone}`) : Number.NaN;
  if (!(milliseconds >= 0))
    throw new InvalidArgumentError('Expected Unix seconds or a time like 2030-01-31T18:00Z.');
  return Math.floor(milliseconds / 1000);
}

/** JavaScript takes the 31st of February for the 3rd of March. */
function isDate(date: string): boolean {
  const midnight = new Date(`${date}T00:00Z`);
  return !Number.isNaN(midnight.getTime()) && midnight.toISOString().startsWith(date);
}

/** Minutes that local time is ahead of UTC, from what is written like +01:00. */
export function utcOffsetOption(text: string): number {
  const [, sign = '', hours, minutes] = /^([+-])([01]\d):([0-5]\d)$/.exec(text) ?? [];
  const offset = (sign === '-' ? -1 : 1) * (60 * Number(hours) + Number(minutes));
  if (!(offset >= -720 && offset <= 840))
    throw new InvalidArgumentError('Expected an offset like +01:00, -12:00 to +14:00.');
  // not −0
  return offset + 0;
}

/** The URL of an MQTT broker. */
export function brokerOption(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isBroker =
    url !== undefined &&
    ['mqtt:', 'mqtts:'].includes(url.protocol) &&
    url.hostname !== '' &&
    url.port !== '0' &&
    ['', '/'].includes(url.pathname + url.search + url.hash);
  if (!isBroker) throw new InvalidArgumentError('Expected mqtt://HOST[:PORT] or mqtts://HOST[:PORT].');
  return text;
}

export function hexOption(text: string): Uint8Array {
  const bytes = fromHex(text);
  if (bytes === undefined || bytes.length === 0)
    throw new InvalidArgumentError('Expected whole bytes of hex.');
  return bytes;
}

/** A parser of whole numbers from `least` to `most`. */
export function wholeNumberOption(least: number, most: number): (text: string) => number {
  return text => wholeNumber(text, least, most, 'a whole number');
}

/** A parser of numbers above 0, up to `most`. */
export function positiveOption(most: number): (text: string) => number {
  return text => {
    const number = /^\d+(\.\d+)?$/.test(text) ? Number(text) : 0;
    if (!(number > 0 && number <= most))
      throw new InvalidArgumentError(`Expected a number above 0, at most ${most}.`);
    return number;
  };
}

function wholeNumber(text: string, least: number, most: number, what: string): number {
  const number = /^\d+$/.test(text) ? Number(text) : Number.NaN;
  if (!(number >= least && number <= most))
    throw new InvalidArgumentError(`Expected ${what}, ${least} to ${most}.`);
  return number;
}
