import { readUint } from '../big-endian';
import { failure, type Result, success } from '../result';

/**
 * What a Console answers to a payload of M3tering v2, unsigned: is_on u8 | last nonce u32, where it tells it | latitude
 * float32 | longitude float32. Where the meter is it knows better by itself.
 */
export interface AnswerV2 {
  /** Whether the Console wants the meter to supply. */
  readonly isOn: boolean;
  /** Of the last payload that it has; absent: it has none, or has taken the one that it answers */
  readonly lastNonce?: number;
}

const SHORT_LENGTH = 9;
const LENGTH = 13;

/** `malformed`: not 9 or 13 bytes, of which the first is 0 or 1. */
export function decodeAnswerV2(bytes: Uint8Array): Result<AnswerV2, 'malformed'> {
  const [isOn = 2] = bytes;
  if ((bytes.length !== SHORT_LENGTH && bytes.length !== LENGTH) || isOn > 1) return failure('malformed');
  return success({ isOn: isOn === 1, ...(bytes.length === LENGTH && { lastNonce: readUint(bytes, 1, 4) }) });
}
