import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { Crypto } from '../../firmware/host';
import { UsageError } from '../errors';
import { judgeMessages } from './meter-history';
import { tablesOf } from './meter-tables';
import type { ReportData } from './report-data';
import { pointsFor, reportData, reportedMeter, totalsOf } from './reported-meter';
import type { LoggedMeter, TopicLog } from './topic-log';

const ACKNOWLEDGED = 'Acknowledged is what messages to the meter call so: who signed them is not checked.';

/**
 * The report of all meters in a topic log that said anything.
 * @param registry the M3ter contract that they sign for, 20 bytes
 * @param device that must have signed; absent: as its link message, or else its first reading, says
 * @param onProgress told how many meters are done, of how many, before the first and after each
 * @throws UsageError when a device is given and there is not one meter
 */
export function reportOfTopicLog(
  crypto: Crypto,
  path: string,
  { meters, lines, foreign }: TopicLog,
  registry: Uint8Array,
  device: Uint8Array | undefined,
  onProgress: (done: number, all: number) => void = () => {},
): ReportData {
  const speaking = meters.filter(isSpeaking);
  if (device !== undefined && speaking.length !== 1)
    throw new UsageError(`--device: expected a log of one meter, got one of ${speaking.length}`);
  const points = pointsFor(speaking.length);
  onProgress(0, speaking.length);
  const reported = speaking.map((meter, index) => {
    const domain = new SigningDomain(crypto, { chainId: meter.chainId, registry });
    const history = judgeMessages(domain, meter, device);
    const tables = tablesOf(history);
    onProgress(index + 1, speaking.length);
    return reportedMeter(totalsOf(crypto, history, tables), tables, points);
  });
  const notes = [ACKNOWLEDGED];
  if (foreign > 0) notes.push(`${foreign} of ${lines} lines are no message of a meter, and left out.`);
  return reportData(`Topic log ${path}`, notes, reported);
}

function isSpeaking({ links, readings, events }: LoggedMeter): boolean {
  return links.length + readings.length + events.length > 0;
}
