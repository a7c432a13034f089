import { join } from 'node:path';
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
import { judgeMessages, type MeterMessage } from './meter-history';
import { tablesOf } from './meter-tables';
import type { ReportData } from './report-data';
import { pointsFor, registersOf, reportData, reportedMeter, totalsOf } from './reported-meter';

const WITHOUT_DEVICE = 'The readings are held against each other: no --device says whose they must be.';

/**
 * The report of a meter by what is on its flash; it may be running, and nothing of it changes. The totals are the ledger's.
 * @param device that must have signed; absent: who signed the first reading
 * @throws Failure when there is no state of a linked meter, or it cannot be read
 */
export function reportOfState(crypto: Crypto, directory: string, device: Uint8Array | undefined): ReportData {
  // The ledger last: so it is no older than the log, of which it knows the heads.
  const logCopy = new FlashCopy(join(directory, 'log.flash'));
  const ledger = Ledger.open(new FlashCopy(join(directory, 'ledger.flash')));
  if (!ledger.ok) throw new Failure(`${directory}: expected a ledger that can be read, got ${ledger.fault}`);
  const { registers, balance, acknowledged, settings } = ledger.value;
  const { link, formerReading, formerEvent } = settings;
  if (link === undefined)
    throw new Failure(`${directory}: expected the state of a linked meter, got one that is not`);
  const { m3terId } = link;
  const domain = new SigningDomain(crypto, link);
  const log = EntryLog.open(logCopy, entryDigester(domain, m3terId));
  if (!log.ok) throw new Failure(`${directory}: expected a log that can be read, got ${log.fault}`);
  // What was made in a former name is not this M3ter's.
  const readings = log.value.entries('reading', formerReading + 1);
  const events = log.value.entries('event', formerEvent + 1);
  const said = {
    m3terId,
    links: [],
    readings: envelopes(crypto, readingCodec, m3terId, readings),
    events: envelopes(crypto, eventCodec, m3terId, events),
    acknowledged,
  };
  const history = judgeMessages(domain, said, device);
  const tables = tablesOf(history);
  const totals = { ...totalsOf(crypto, history, tables), ...registersOf(registers), balance };
  const meter = reportedMeter(totals, tables, pointsFor(1));
  return reportData(`State of M3ter ${m3terId} in ${directory}`, device ? [] : [WITHOUT_DEVICE], [meter]);
}

/** A body that is none of its kind is as a message that nobody can read. */
function envelopes<Content, Struct extends StructType>(
  crypto: Crypto,
  codec: EntryCodec<Content, Struct>,
  m3terId: bigint,
  entries: ReturnType<EntryLog['entries']>,
): MeterMessage[] {
  return Array.from(entries, ({ sequence, previous, body }) => ({
    payload: entryEnvelope(codec, crypto, { m3terId, sequence, previous }, body) ?? body,
  }));
}
