import type { Crypto } from '../../firmware/host';
import { UsageError } from '../errors';
import { MessageJudge } from './message-judge';
import { MeterHistory } from './meter-history';
import type { ReadProgress, ReportData, ReportedMeter } from './report-data';
import { reportOfMeters } from './report-of-meters';
import { pointsFor, reportedMeter, totalsOf } from './reported-meter';
import { type Speaker, Speakers } from './speakers';
import { acknowledgedBy, type LoggedMessage, type LogPlace, readTopicLog } from './topic-log';

const ACKNOWLEDGED = 'Acknowledged is what messages to the meter call so: who signed them is not checked.';

export interface TopicLogOptions {
  /** The M3ter contract that meters sign for, 20 bytes */
  readonly registry: Uint8Array;
  /** That must have signed; absent: as a meter's link message, or else its first reading, says */
  readonly device?: Uint8Array | undefined;
  /** Bytes of the log */
  readonly size: number;
  /** Ends it early, with the report of what was read by then */
  readonly signal?: AbortSignal;
  /** In bytes */
  readonly onProgress?: ReadProgress;
}

/**
 * The report of all meters in a topic log that said anything. What it keeps in memory does not grow with the log but for
 * the digest and sequence of each reading, and the sequence of each event.
 * @throws UsageError when a device is given and there is not one meter; Failure when the log cannot be read
 */
export async function reportOfTopicLog(
  crypto: Crypto,
  path: string,
  { registry, device, size, signal, onProgress = () => {} }: TopicLogOptions,
): Promise<ReportData> {
  const speakers = new Speakers(crypto, registry);
  await readTopicLog(
    path,
    message => speakers.hear(message),
    signal,
    ({ bytesRead }) => onProgress('looking who speaks', bytesRead, size),
  );
  const { all } = speakers;
  if (device !== undefined && (all.length > 1 || (all.length === 0 && !signal?.aborted)))
    throw new UsageError(`--device: expected a log of one meter, got one of ${all.length}`);
  const points = pointsFor(all.length);
  const heard = new Map(
    all.map(speaker => [speaker, new HeardMeter(speaker, device ?? speaker.device, points)]),
  );
  const place = await readTopicLog(
    path,
    message => {
      const speaker = speakers.of(message);
      if (speaker !== undefined) heard.get(speaker)?.take(message);
    },
    signal,
    ({ bytesRead }) => onProgress('checked', bytesRead, size),
  );
  const notes = [ACKNOWLEDGED];
  if (place.foreign > 0)
    notes.push(`${place.foreign} of ${place.lines} lines are no message of a meter, and left out.`);
  if (speakers.leftOut > 0)
    notes.push(`${speakers.leftOut} messages are left out, of meters beyond the first ${all.length}.`);
  const meters = [...heard.values()].map(meter => meter.report(crypto, points));
  return reportOfMeters({ title: `Topic log ${path}`, notes, ...partialAt(place, size, signal) }, meters);
}

function partialAt(
  { bytesRead, until }: LogPlace,
  size: number,
  signal: AbortSignal | undefined,
): Pick<ReportData, 'partial'> {
  if (!signal?.aborted || bytesRead >= size) return {};
  return { partial: { read: bytesRead, of: size, unit: 'bytes', ...(until !== undefined && { until }) } };
}

/** One meter of a log. */
class HeardMeter {
  readonly #speaker: Speaker;
  readonly #judge: MessageJudge;
  readonly #history: MeterHistory;
  #acknowledged = 0;

  constructor(speaker: Speaker, device: Uint8Array | undefined, points: number) {
    this.#speaker = speaker;
    this.#judge = new MessageJudge(speaker.domain, speaker.m3terId, device);
    this.#history = new MeterHistory(points);
  }

  /** Of other streams nothing is kept. */
  take(message: LoggedMessage): void {
    const { stream, payload, receivedAt } = message;
    if (stream === 'reading') {
      const judged = this.#judge.reading(payload);
      if (judged !== undefined) this.#history.addReading({ ...judged, receivedAt });
    } else if (stream === 'event') {
      const judged = this.#judge.event(payload);
      if (judged !== undefined) this.#history.addEvent({ ...judged, receivedAt });
    } else if (stream === 'acknowledged')
      this.#acknowledged = Math.max(this.#acknowledged, acknowledgedBy(message));
  }

  report(crypto: Crypto, points: number): ReportedMeter {
    const tables = this.#history.tables(this.#acknowledged);
    const { m3terId, domain } = this.#speaker;
    const { device, malformed } = this.#judge;
    const facts = { m3terId, chainId: domain.chainId, device, malformed, acknowledged: this.#acknowledged };
    const totals = totalsOf(crypto, facts, this.#history, tables);
    return reportedMeter(totals, tables, points, this.#history.counts);
  }
}
