/**
 * Modbus RTU, as far as reading of input registers goes (MODBUS Application Protocol Specification V1.1b3, §6.4; MODBUS
 * over Serial Line V1.02, §2.5.1).
 */

/** Function code "Read Input Registers" */
export const READ_INPUT_REGISTERS = 0x04;
/** Bytes before and after the data of an answer: address, function, count of bytes; CRC. */
export const ANSWER_HEAD = 3;
const CRC_LENGTH = 2;

/** CRC-16/MODBUS of bytes `from` to before `to`: 0xA001 reflected, begun with 0xFFFF. Sent low byte first. */
export function crc16(bytes: Uint8Array, from: number, to: number): number {
  let crc = 0xffff;
  for (let k = from; k < to; k++) {
    crc ^= bytes[k] as number;
    for (let bit = 0; bit < 8; bit++) crc = (crc & 1) === 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** The question to the slave `address` for its first `count` input registers. */
export function readRegisters(address: number, count: number): Uint8Array {
  return withCrc(Uint8Array.of(address, READ_INPUT_REGISTERS, 0, 0, 0, count, 0, 0));
}

/** Bytes of an answer that tells `count` registers. */
export function answerLength(count: number): number {
  return ANSWER_HEAD + 2 * count + CRC_LENGTH;
}

/** Whether the bytes from `at` on are an answer that tells `count` registers; it may be any slave's. */
export function isAnswer(bytes: Uint8Array, at: number, count: number): boolean {
  if (bytes[at + 1] !== READ_INPUT_REGISTERS || bytes[at + 2] !== 2 * count) return false;
  const end = at + ANSWER_HEAD + 2 * count;
  const crc = crc16(bytes, at, end);
  return bytes[end] === (crc & 0xff) && bytes[end + 1] === crc >>> 8;
}

/** The register `index` of an answer that begins at `at`, big-endian. */
export function register(bytes: Uint8Array, at: number, index: number): number {
  const place = at + ANSWER_HEAD + 2 * index;
  return 256 * (bytes[place] as number) + (bytes[place + 1] as number);
}

/** Fills the last two bytes with the CRC of those before. */
export function withCrc(message: Uint8Array): Uint8Array {
  const end = message.length - CRC_LENGTH;
  const crc = crc16(message, 0, end);
  message[end] = crc & 0xff;
  message[end + 1] = crc >>> 8;
  return message;
}
