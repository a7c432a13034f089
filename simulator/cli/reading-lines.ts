import { decodeEnvelope } from '../../firmware/attest/envelope';
import { READING } from '../../firmware/attest/signed-types';
import { fromHex } from '../../firmware/bytes';

/** A line of a file of readings. */
export interface ReadingLine {
  /** From 1, as editors count */
  readonly number: number;
  readonly topic: string | undefined;
  /** Undefined when it is not whole bytes of hex */
  readonly envelope: Uint8Array | undefined;
}

/** As mosquitto's `%U` prints it: Unix time. */
const TIME = /^\d{1,12}(\.\d{1,9})?$/;
const METER_TOPIC = /^m3ter\/\d{1,15}\/(\d{1,78})\/([a-z]{1,20})$/;

/**
 * The readings of a text, `[[time ]topic ]hex` a line, in its order. What else meters say is passed over.
 * @param m3terId passes over the topics of others, too
 */
export function readingLines(text: string, m3terId: bigint | undefined): ReadingLine[] {
  return text.split(/\r?\n/).flatMap((content, index) => {
    const words = content.trim().split(/\s+/);
    if (words[0] === '') return [];
    const isTimed = words.length > 1 && TIME.test(words[0] as string) && METER_TOPIC.test(words[1] as string);
    if (isTimed) words.shift();
    const [, id, stream = 'reading'] = METER_TOPIC.exec(words[0] as string) ?? [];
    if (stream !== 'reading' || (m3terId !== undefined && id !== undefined && BigInt(id) !== m3terId))
      return [];
    const [topic, hex = ''] = words.length === 2 ? words : [undefined, words[0]];
    return [{ number: index + 1, topic, envelope: words.length <= 2 ? fromHex(hex) : undefined }];
  });
}

/** In the order in which the meter made them, as far as they say; those of one number in the order in which they came. */
export function bySequence(lines: readonly ReadingLine[]): ReadingLine[] {
  return lines
    .map(line => ({ line, sequence: sequenceOf(line) }))
    .toSorted((one, other) => one.sequence - other.sequence)
    .map(({ line }) => line);
}

function sequenceOf({ envelope }: ReadingLine): number {
  const decoded = envelope && decodeEnvelope(READING, envelope);
  return decoded?.ok ? decoded.value.message.sequence : 0;
}
