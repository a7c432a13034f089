/**
 * The frames of the CSE7766 (and CSE7759B, HLW8032): 24 bytes, big-endian, about ten times a second. They tell times
 * in µs: a quantity is its coefficient by its cycle. By the datasheet of the CSE7759B, §3.4, and, for what it leaves
 * open, the frames recorded in Tasmota's xnrg_02_cse7766; ESPHome's cse7766 reads them alike.
 *
 *     state | 0x5A | voltage coefficient u24 | voltage cycle u24 | current coefficient u24 | current cycle u24 |
 *     power coefficient u24 | power cycle u24 | adj u8 | pulses u16 | sum u8 of all but the first two
 */

export const FRAME_LENGTH = 24;

export const SECOND_BYTE = 0x5a;
/** `state` when all is well */
export const STATE_WELL = 0x55;
/** `state` of 0xF0 and flags: a cycle is longer than the chip counts, or its coefficients are damaged. */
export const STATE_FLAGGED = 0xf0;
export const VOLTAGE_BEYOND = 0x08;
export const CURRENT_BEYOND = 0x04;
export const POWER_BEYOND = 0x02;
export const COEFFICIENTS_DAMAGED = 0x01;

/** Flags of `adj`: a cycle is complete. Until then its register holds the time since the last pulse, and grows. */
export const VOLTAGE_COMPLETE = 0x40;
export const CURRENT_COMPLETE = 0x20;
export const POWER_COMPLETE = 0x10;

/** Places of the registers in a frame. */
export const VOLTAGE_PLACE = 2;
export const CURRENT_PLACE = 8;
export const POWER_PLACE = 14;
export const ADJ_PLACE = 20;
const SUM_PLACE = FRAME_LENGTH - 1;
const CYCLE_OFFSET = 3;

/** Whether the bytes from `at` on are a frame. One with the state 0xAA is none: the chip was never calibrated. */
export function isCse7766Frame(bytes: Uint8Array, at: number): boolean {
  const state = bytes[at] as number;
  if (bytes[at + 1] !== SECOND_BYTE) return false;
  if (state !== STATE_WELL && (state & 0xf0) !== STATE_FLAGGED) return false;
  return frameSum(bytes, at) === bytes[at + SUM_PLACE];
}

/** The checksum that a frame is to have. */
export function frameSum(bytes: Uint8Array, at: number): number {
  let sum = 0;
  for (let k = at + VOLTAGE_PLACE; k < at + SUM_PLACE; k++) sum += bytes[k] as number;
  return sum & 0xff;
}

/** The `state`'s flags. */
export function stateFlags(bytes: Uint8Array, at: number): number {
  const state = bytes[at] as number;
  return state === STATE_WELL ? 0 : state & 0x0f;
}

/** @param place of the quantity, one of the above */
export function coefficient(bytes: Uint8Array, at: number, place: number): number {
  return unsigned24(bytes, at + place);
}

/** As `coefficient`; V, A, W. Of a cycle that is not complete it is what the quantity is at most. */
export function quotient(bytes: Uint8Array, at: number, place: number): number {
  return unsigned24(bytes, at + place) / unsigned24(bytes, at + place + CYCLE_OFFSET);
}

function unsigned24(bytes: Uint8Array, at: number): number {
  return 65_536 * (bytes[at] as number) + 256 * (bytes[at + 1] as number) + (bytes[at + 2] as number);
}
