import { addressText } from '../../firmware/attest/address';
import { READING } from '../../firmware/attest/signed-types';
import type { SigningDomain } from '../../firmware/attest/signing-domain';
import { toHex } from '../../firmware/bytes';
import type { Crypto } from '../../firmware/host';
import type { Account, ReceivedReading } from '../operator';
import { eventDetail, eventName } from './event-detail';
import type { EventRow, ReadingRow } from './page-state';

/** Of readings and events, as many of the last as anybody scrolls through */
export const MOST_SHOWN = 60;
/** Readings that make a meter one to look at, if something is wrong with one of them */
const MOST_JUDGED = 200;

/** Of the last readings, how many something is wrong with. */
export function unverifiedOf({ readings }: Pick<Account, 'readings'>): number {
  return readings.slice(-MOST_JUDGED).filter(({ problems }) => problems.length > 0).length;
}

/** Newest first. */
export function readingRows(
  { readings, acknowledged }: Pick<Account, 'readings' | 'acknowledged'>,
  domain: SigningDomain,
  proven: number | undefined,
): ReadingRow[] {
  const last = readings.slice(-MOST_SHOWN);
  return last.reverse().map(({ reading, problems }) => ({
    sequence: reading.sequence,
    time: reading.timestamp,
    imported: reading.imported,
    problem: problems.map(({ fault }) => fault).join(', '),
    acknowledged: problems.length === 0 && reading.sequence <= acknowledged,
    proven: proven === undefined ? undefined : problems.length === 0 && reading.sequence <= proven,
    digest: digestOf(domain, reading),
  }));
}

/** Digests do not change, and one takes a fifth of a millisecond. */
const digests = new WeakMap<ReceivedReading['reading'], string>();

function digestOf(domain: SigningDomain, reading: ReceivedReading['reading']): string {
  const known = digests.get(reading);
  if (known !== undefined) return known;
  const digest = `0x${toHex(domain.digest(READING, reading))}`;
  digests.set(reading, digest);
  return digest;
}

/** Newest first. */
export function eventRows({ events }: Pick<Account, 'events'>): EventRow[] {
  return events
    .slice(-MOST_SHOWN)
    .reverse()
    .map(({ sequence, timestamp, code, detail }) => {
      const name = eventName(code);
      return { sequence, time: timestamp, name, detail: eventDetail(name, detail) };
    });
}

export function deviceAddress(crypto: Crypto, { device }: Pick<Account, 'device'>): string {
  return device === undefined ? '' : addressText(crypto, device);
}
