import { readUint } from '../../firmware/big-endian';

/** Bytes of a packet without extensions (RFC 5905, 7.3). */
const PACKET_LENGTH = 48;
/** Leap indicator 0, version 4, mode 3: client. */
const CLIENT = 0x23;
const SERVER_MODE = 4;
/** Leap indicator: the server's own clock is not set. */
const UNSYNCHRONISED = 3;
const STRATUM = 1;
const ORIGINATE = 24;
const TRANSMIT = 40;
const TIMESTAMP_LENGTH = 8;
/** s from 1900 to 1970 */
const UNIX_EPOCH = 2_208_988_800;
const ERA = 2 ** 32;

/**
 * A question for the time. Its transmit timestamp holds no time but random bits, which only the server can know when
 * it sends them back (draft-ietf-ntp-data-minimization).
 * @param cookie 8 bytes
 */
export function sntpRequest(cookie: Uint8Array): Uint8Array {
  const packet = new Uint8Array(PACKET_LENGTH);
  packet[0] = CLIENT;
  packet.set(cookie, TRANSMIT);
  return packet;
}

/**
 * Unix ms at which the server sent this; undefined when it is no answer to the question with this cookie, or the
 * server does not know the time (RFC 4330, 5): its clock is not set, it says `kiss of death`, or tells no time.
 */
export function sntpTime(packet: Uint8Array, cookie: Uint8Array): number | undefined {
  if (packet.length < PACKET_LENGTH) return undefined;
  const head = packet[0] as number;
  const stratum = packet[STRATUM] as number;
  if ((head & 7) !== SERVER_MODE || head >> 6 === UNSYNCHRONISED || stratum < 1 || stratum > 15)
    return undefined;
  for (let k = 0; k < TIMESTAMP_LENGTH; k++) if (packet[ORIGINATE + k] !== cookie[k]) return undefined;
  const seconds = readUint(packet, TRANSMIT, 4);
  const fraction = readUint(packet, TRANSMIT + 4, 4);
  if (seconds === 0 && fraction === 0) return undefined;
  // the seconds wrap in 2036; nobody asks for the time of before 1968
  const era = seconds < ERA / 2 ? ERA : 0;
  return (seconds + era - UNIX_EPOCH) * 1000 + (fraction * 1000) / ERA;
}
