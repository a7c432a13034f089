import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { decodeEnvelope, MAXIMUM_ENVELOPE_LENGTH } from '../../firmware/attest/envelope';
import { ACKNOWLEDGEMENT } from '../../firmware/attest/signed-types';
import { fromHex } from '../../firmware/bytes';
import { unreadable } from '../cli/files';
import type { MeterMessage } from './meter-history';

/** As `mosquitto_sub -F '%U %t %x'` prints it: Unix time, topic, payload in hex. */
const LINE = /^(\d{1,12})(?:\.\d{1,9})? m3ter\/(\d{1,15})\/(\d{1,78})\/([a-z]{1,20}) ?([0-9a-f]*)$/;

/** What a log has of one meter. */
export interface LoggedMeter {
  readonly chainId: number;
  readonly m3terId: bigint;
  readonly links: readonly MeterMessage[];
  readonly readings: readonly MeterMessage[];
  readonly events: readonly MeterMessage[];
  /** By the messages to it; who signed them is not known here */
  readonly acknowledged: number;
}

export interface TopicLog {
  /** In the order of their first message */
  readonly meters: readonly LoggedMeter[];
  readonly lines: number;
  /** Lines that are no message of a meter's topic */
  readonly foreign: number;
}

/** @throws Failure when the file cannot be read. Whatever its lines are, they are read or counted. */
export async function readTopicLog(path: string): Promise<TopicLog> {
  const meters = new Map<string, LogOfMeter>();
  let [lines, foreign] = [0, 0];
  try {
    for await (const line of createInterface({ input: createReadStream(path, 'utf8') })) {
      if (line.trim() === '') continue;
      lines++;
      if (!take(meters, line)) foreign++;
    }
  } catch (error) {
    throw unreadable('topic log', path, error);
  }
  return { meters: [...meters.values()], lines, foreign };
}

class LogOfMeter implements LoggedMeter {
  readonly chainId: number;
  readonly m3terId: bigint;
  readonly links: MeterMessage[] = [];
  readonly readings: MeterMessage[] = [];
  readonly events: MeterMessage[] = [];
  acknowledged = 0;

  constructor(chainId: number, m3terId: bigint) {
    this.chainId = chainId;
    this.m3terId = m3terId;
  }

  /** Of other streams nothing is kept. */
  take(stream: string, message: MeterMessage): void {
    if (stream === 'link') this.links.push(message);
    else if (stream === 'reading') this.readings.push(message);
    else if (stream === 'event') this.events.push(message);
    else if (stream === 'acknowledged') this.#acknowledge(message);
  }

  #acknowledge({ payload }: MeterMessage): void {
    const decoded = decodeEnvelope(ACKNOWLEDGEMENT, payload);
    if (!decoded.ok || decoded.value.message.m3terId !== this.m3terId) return;
    this.acknowledged = Math.max(this.acknowledged, decoded.value.message.sequence);
  }
}

/** False when the line is none. */
function take(meters: Map<string, LogOfMeter>, line: string): boolean {
  const [, time, chainId, m3terId, stream, hex] = LINE.exec(line) ?? [];
  const payload = hex === undefined ? undefined : fromHex(hex);
  if (payload === undefined || chainId === undefined || m3terId === undefined || stream === undefined)
    return false;
  // an empty one ends what was retained
  if (payload.length === 0 || payload.length > MAXIMUM_ENVELOPE_LENGTH) return true;
  const name = `${BigInt(chainId)}/${BigInt(m3terId)}`;
  const meter = meters.get(name) ?? new LogOfMeter(Number(chainId), BigInt(m3terId));
  meters.set(name, meter);
  meter.take(stream, { payload, receivedAt: Number(time) });
  return true;
}
