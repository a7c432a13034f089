import { EVENT_CODES } from '../../firmware/attest/event';
import { readStatus } from '../../firmware/attest/status';
import type { Account } from '../operator';
import { eventDetail } from './event-detail';
import type { SupplyChange } from './page-state';

/** Changes that are shown, and readings and events that are looked through for them: of the last */
const MOST_CHANGES = 60;
const MOST_SOURCES = 200;

/** Of the events that tell of a change. */
export const SUPPLY_CODES: readonly number[] = [EVENT_CODES.supplyClosed, EVENT_CODES.supplyOpened];

/**
 * The changes of the supply of which a meter told, and what its readings say between them, oldest first: of before the first
 * of them nothing is known.
 * @param seen what others saw of it: a meter without power tells nothing
 */
export function supplyChanges(
  { readings, events }: Pick<Account, 'readings' | 'events'>,
  seen: readonly SupplyChange[] = [],
): SupplyChange[] {
  const told = events
    .slice(-MOST_SOURCES)
    .filter(({ code, timestamp }) => SUPPLY_CODES.includes(code) && timestamp > 0)
    .map(({ code, timestamp, detail }) => ({
      at: timestamp,
      closed: code === EVENT_CODES.supplyClosed,
      reason: eventDetail('', detail),
    }));
  const read = readings
    .slice(-MOST_SOURCES)
    .filter(({ reading, problems }) => problems.length === 0 && reading.timestamp > 0)
    .map(({ reading }) => {
      const { relayClosed, reason = '' } = readStatus(reading.status);
      return { at: reading.timestamp, closed: relayClosed, reason };
    });
  return [...seen.slice(-MOST_CHANGES), ...told, ...read]
    .sort((a, b) => a.at - b.at)
    .filter(({ closed, reason }, index, all) => {
      const before = all[index - 1];
      return before?.closed !== closed || before.reason !== reason;
    })
    .slice(-MOST_CHANGES);
}

/** Unix seconds since when it is as it is, for whatever reasons; undefined where that is not told. */
export function supplySince(changes: readonly SupplyChange[], closed: boolean): number | undefined {
  const other = changes.findLastIndex(change => change.closed !== closed);
  return changes[other + 1]?.at;
}
