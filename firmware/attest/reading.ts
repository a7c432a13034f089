import { readUint, writeUint } from '../big-endian';
import { milliwattHours } from '../energy';
import type { Registers } from '../ledger/state';
import type { EntryCodec } from './entry-codec';
import { SIGNATURE_LENGTH } from './envelope';
import { READING } from './signed-types';

/** What a reading states. */
export interface ReadingContent {
  /** Unix seconds; 0 when the time is unknown. */
  readonly timestamp: number;
  readonly registers: Registers;
  /** See `statusWord`. */
  readonly status: number;
  /** The encoded telemetry; the signed reading holds its keccak-256. */
  readonly telemetry: Uint8Array;
}

/*
 * The body, big-endian: timestamp u40 | imported, exported, debited, credited, withdrawn, feedIn u48 each | status
 * u32 | signature, 65 bytes | telemetry, the rest.
 */
const REGISTERS = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;
const REGISTERS_AT = 5;
const STATUS_AT = REGISTERS_AT + 6 * REGISTERS.length;
const SIGNATURE_AT = STATUS_AT + 4;
const TELEMETRY_AT = SIGNATURE_AT + SIGNATURE_LENGTH;

export const readingCodec: EntryCodec<ReadingContent, typeof READING> = {
  type: READING,

  message(crypto, { m3terId, sequence, previous }, { timestamp, registers, status, telemetry }) {
    const { imported, exported, debited, credited, withdrawn, feedIn } = registers;
    const energies = { imported, exported, debited, credited, withdrawn, feedIn };
    const commitment = crypto.keccak256(telemetry);
    return { m3terId, sequence, timestamp, ...energies, status, telemetry: commitment, previous };
  },

  encodeBody({ timestamp, registers, status, telemetry }, signature) {
    const body = new Uint8Array(TELEMETRY_AT + telemetry.length);
    writeUint(body, 0, REGISTERS_AT, timestamp);
    REGISTERS.forEach((name, k) => {
      writeUint(body, REGISTERS_AT + 6 * k, 6, registers[name]);
    });
    writeUint(body, STATUS_AT, 4, status);
    body.set(signature, SIGNATURE_AT);
    body.set(telemetry, TELEMETRY_AT);
    return body;
  },

  decodeBody(body) {
    if (body.length < TELEMETRY_AT) return undefined;
    const register = (k: number) => milliwattHours(readUint(body, REGISTERS_AT + 6 * k, 6));
    const registers: Registers = {
      imported: register(0),
      exported: register(1),
      debited: register(2),
      credited: register(3),
      withdrawn: register(4),
      feedIn: register(5),
    };
    const timestamp = readUint(body, 0, REGISTERS_AT);
    const status = readUint(body, STATUS_AT, 4);
    const content = { timestamp, registers, status, telemetry: body.slice(TELEMETRY_AT) };
    return { content, signature: body.slice(SIGNATURE_AT, TELEMETRY_AT) };
  },
};
