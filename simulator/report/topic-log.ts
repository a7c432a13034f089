import { decodeEnvelope, MAXIMUM_ENVELOPE_LENGTH } from '../../firmware/attest/envelope';
import { ACKNOWLEDGEMENT } from '../../firmware/attest/signed-types';
import { unreadable } from '../cli/files';
import { logLines } from './log-lines';

/** As `mosquitto_sub -F '%U %t %x'` prints it: Unix time, topic, payload in hex. */
const LINE = /^(\d{1,12})(?:\.\d{1,9})? m3ter\/(\d{1,15})\/(\d{1,78})\/([a-z]{1,20}) ?([0-9a-f]*)\r?$/;

/** Digits of hex that are read: one byte more than there may be, so that it is seen to be too long. */
const LONGEST_PAYLOAD = 2 * MAXIMUM_ENVELOPE_LENGTH + 2;

/** A message of, or to, a meter, in its envelope. */
export interface LoggedMessage {
  readonly chainId: number;
  readonly m3terId: bigint;
  readonly stream: string;
  /** Not empty; cut off behind the longest that there may be */
  readonly payload: Uint8Array;
  /** Unix seconds */
  readonly receivedAt: number;
}

/** How far a log is read. */
export interface LogPlace {
  readonly bytesRead: number;
  readonly lines: number;
  /** Lines that are no message of a meter's topic */
  readonly foreign: number;
  /** Unix seconds: when the last message came; undefined before the first */
  readonly until: number | undefined;
}

/**
 * Reads a log to its end, or until the signal ends it, of any length in little memory. Whatever its lines are, they are
 * taken or counted.
 * @param onPlace told now and then how far it is
 * @returns where it has ended
 * @throws Failure when the file cannot be read
 */
export async function readTopicLog(
  path: string,
  onMessage: (message: LoggedMessage) => void,
  signal?: AbortSignal,
  onPlace: (place: LogPlace) => void = () => {},
): Promise<LogPlace> {
  let [lines, foreign] = [0, 0];
  let place: LogPlace = { bytesRead: 0, lines, foreign, until: undefined };
  try {
    for await (const piece of logLines(path)) {
      let { until } = place;
      for (const line of piece.lines) {
        if (line.trim() === '') continue;
        lines++;
        const message = parseLine(line);
        if (message === undefined) foreign++;
        else if (message.payload.length > 0) onMessage(message);
        until = message?.receivedAt ?? until;
      }
      place = { bytesRead: piece.bytesRead, lines, foreign, until };
      onPlace(place);
      if (signal?.aborted) break;
    }
  } catch (error) {
    throw 'syscall' in (error as Error) ? unreadable('topic log', path, error) : error;
  }
  return place;
}

/** Undefined when the line is none. An empty payload ends what was retained. */
function parseLine(line: string): LoggedMessage | undefined {
  const [, time, chainId, m3terId, stream, hex] = LINE.exec(line) ?? [];
  if (hex === undefined || chainId === undefined || m3terId === undefined || stream === undefined)
    return undefined;
  if (hex.length % 2 !== 0 && hex.length < LONGEST_PAYLOAD) return undefined;
  const payload = new Uint8Array(Buffer.from(hex.slice(0, LONGEST_PAYLOAD), 'hex'));
  return { chainId: Number(chainId), m3terId: BigInt(m3terId), stream, payload, receivedAt: Number(time) };
}

/** The sequence that an acknowledgement of this meter names; who signed it is not known here. 0 when it is none */
export function acknowledgedBy({ m3terId, payload }: LoggedMessage): number {
  const decoded = decodeEnvelope(ACKNOWLEDGEMENT, payload);
  if (!decoded.ok || decoded.value.message.m3terId !== m3terId) return 0;
  return decoded.value.message.sequence;
}
