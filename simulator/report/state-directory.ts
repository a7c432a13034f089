import { join } from 'node:path';
import { setImmediate as turn } from 'node:timers/promises';
import { entryDigester, entryEnvelope } from '../../firmware/attest/entry';
import type { EntryCodec } from '../../firmware/attest/entry-codec';
import { eventCodec } from '../../firmware/attest/event';
import { readingCodec } from '../../firmware/attest/reading';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { StructType } from '../../firmware/attest/struct-type';
import type { Crypto } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import { EntryLog } from '../../firmware/link/log';
import { Failure } from '../errors';
import { FlashCopy } from './flash-copy';
import { MessageJudge } from './message-judge';
import { MeterHistory } from './meter-history';
import type { ReadProgress, ReportData } from './report-data';
import { reportOfMeters } from './report-of-meters';
import { pointsFor, registersOf, reportedMeter, totalsOf } from './reported-meter';

const WITHOUT_DEVICE = 'The readings are held against each other: no --device says whose they must be.';
const WITHOUT_EVENTS = 'Readings are read first, then events: of these some are left out, or all.';

export interface StateOptions {
  /** That must have signed; absent: who signed the first reading */
  readonly device?: Uint8Array | undefined;
  /** Ends it early, with the report of what was read by then */
  readonly signal?: AbortSignal;
  /** In entries of the log */
  readonly onProgress?: ReadProgress;
}

/**
 * The report of a meter by what is on its flash; it may be running, and nothing of it changes. The totals are the ledger's,
 * or those of the last reading where it was interrupted.
 * @throws Failure when there is no state of a linked meter, or it cannot be read
 */
export async function reportOfState(
  crypto: Crypto,
  directory: string,
  { device, signal, onProgress = () => {} }: StateOptions = {},
): Promise<ReportData> {
  const { m3terId, domain, ledger, readings, events } = openState(crypto, directory);
  const points = pointsFor(1);
  const judge = new MessageJudge(domain, m3terId, device);
  const history = new MeterHistory(points);
  const entries = [
    ...readings.map(payload => () => {
      const judged = judge.reading(payload);
      if (judged !== undefined) history.addReading(judged);
    }),
    ...events.map(payload => () => {
      const judged = judge.event(payload);
      if (judged !== undefined) history.addEvent(judged);
    }),
  ];
  let read = 0;
  for (const take of entries) {
    take();
    onProgress('checked', ++read, entries.length);
    // so that signals get through
    await turn();
    if (signal?.aborted) break;
  }
  const { acknowledged, registers, balance } = ledger;
  const tables = history.tables(acknowledged);
  const facts = {
    m3terId,
    chainId: domain.chainId,
    device: judge.device,
    malformed: judge.malformed,
    acknowledged,
  };
  const isPartial = read < entries.length;
  const now = isPartial ? {} : { ...registersOf(registers), balance };
  const totals = { ...totalsOf(crypto, facts, history, tables), ...now };
  const until = history.last?.timestamp;
  return reportOfMeters(
    {
      title: `State of M3ter ${m3terId} in ${directory}`,
      notes: [...(device ? [] : [WITHOUT_DEVICE]), ...(isPartial ? [WITHOUT_EVENTS] : [])],
      ...(isPartial && {
        partial: { read, of: entries.length, unit: 'entries' as const, ...(until && { until }) },
      }),
    },
    [reportedMeter(totals, tables, points, history.counts)],
  );
}

/** What is on the flash of a linked meter: its ledger, and its entries as they were said. */
function openState(crypto: Crypto, directory: string) {
  // The ledger last: so it is no older than the log, of which it knows the heads.
  const logCopy = new FlashCopy(join(directory, 'log.flash'));
  const ledger = Ledger.open(new FlashCopy(join(directory, 'ledger.flash')));
  if (!ledger.ok) throw new Failure(`${directory}: expected a ledger that can be read, got ${ledger.fault}`);
  const { link, formerReading, formerEvent } = ledger.value.settings;
  if (link === undefined)
    throw new Failure(`${directory}: expected the state of a linked meter, got one that is not`);
  const { m3terId } = link;
  const domain = new SigningDomain(crypto, link);
  const log = EntryLog.open(logCopy, entryDigester(domain, m3terId));
  if (!log.ok) throw new Failure(`${directory}: expected a log that can be read, got ${log.fault}`);
  // What was made in a former name is not this M3ter's.
  const readings = log.value.entries('reading', formerReading + 1);
  const events = log.value.entries('event', formerEvent + 1);
  return {
    ...{ m3terId, domain, ledger: ledger.value },
    readings: envelopes(crypto, readingCodec, m3terId, readings),
    events: envelopes(crypto, eventCodec, m3terId, events),
  };
}

/** A body that is none of its kind is as a message that nobody can read. */
function envelopes<Content, Struct extends StructType>(
  crypto: Crypto,
  codec: EntryCodec<Content, Struct>,
  m3terId: bigint,
  entries: ReturnType<EntryLog['entries']>,
): Uint8Array[] {
  return Array.from(
    entries,
    ({ sequence, previous, body }) =>
      entryEnvelope(codec, crypto, { m3terId, sequence, previous }, body) ?? body,
  );
}
