import { readUint, writeUint } from '../big-endian';
import { ascii } from '../bytes';
import type { EntryCodec } from './entry-codec';
import { SIGNATURE_LENGTH } from './envelope';
import { EVENT } from './signed-types';

/** What can happen to a meter, by stable number: numbers are never reused. In brackets what `detail` holds. */
export const EVENT_CODES = {
  /** The meter started. [text: the RestartCause; zeros where the host cannot tell] */
  boot: 1,
  /** It learned which M3ter it is. [number: the m3terId] */
  linked: 2,
  /** The relay was closed: supply. [text: the SupplyReason] */
  supplyClosed: 3,
  /** The relay was opened: no supply. [text: the SupplyReason] */
  supplyOpened: 4,
  /** The balance fell below the warning threshold. [number: the balance, mWh; 0 when it is used up] */
  lowBalance: 5,
  /** A directive was refused. [text: its kind, a space, the Refusal] */
  directiveRefused: 6,
  /** Ledger or log could not be restored, or the ledger not written: no supply. [text: the MeterFault] */
  ledgerFault: 7,
  /** Readings were lost before they were acknowledged. [number: the sequence of the last that is lost] */
  logLost: 8,
  /** What the sensor delivers is not right. [text: the SensorFault] */
  sensorFault: 9,
  /** The time became known, or was corrected. [number: Unix time before; 0 when it was unknown] */
  clockSet: 10,
  /** Other people command the meter. [number: the version of the Roles] */
  rolesChanged: 11,
  /** Another order about the supply stands. [number: the version of the SupplyOrder] */
  orderChanged: 12,
  /** Energy was bought, or withdrawn. [number: energy credited in total, mWh] */
  creditApplied: 13,
  /** There was no session with the broker for 10 minutes. [text: the last SessionFault, or `no-network`] */
  offline: 14,
  /** For a while nothing could be put into the log; noted in it as soon as that went again. [text: the MeterFault] */
  logFault: 15,
  /** The meter measures by another calibration. [the first 16 bytes of the old digest, and of the new one] */
  calibrationChanged: 16,
  /** A sealed meter found another calibration, and supplies nothing. [as of `calibrationChanged`] */
  calibrationRefused: 17,
  /** Another policy is in force. [number: the version of the Policy] */
  policyChanged: 18,
  /** A sag, swell or interruption of the voltage has ended. [text: what, which phase, its extreme, how long] */
  voltageEvent: 19,
  /** How the meter is wired, or what comes over the wires, is not right. [text: the WiringFault, which phase] */
  wiringFault: 20,
  /** Current flows though the relay is open: it is welded or bypassed. [text: which phase, A] */
  currentWhileOpen: 21,
  /** A sector of flash failed, and is passed over until the next start. [text: `ledger` or `log`, which sector] */
  sectorRetired: 22,
  /** The balance fell below the second threshold. [number: the balance, mWh; 0 when it is used up] */
  criticalBalance: 23,
  /** There is another tariff, which holds now or later. [number: the version of the Tariff] */
  tariffChanged: 24,
  /** Somebody at the meter took the emergency credit. [number: mWh that may be used on it] */
  emergencyCredit: 25,
  /** Somebody at the meter asked for the supply that waited for it. */
  armed: 26,
  /** For a while the relay's contact was not as it was told. [text: `closed` or `open`: how it is] */
  relayMismatch: 27,
  /** The case was opened or closed. [text: `open` or `closed`] */
  tamper: 28,
  /** Events were lost before they were delivered. [number: the sequence of the last that is lost] */
  eventsLost: 29,
  /** It is about to forget who it is and whom it obeys: the last in this name. [number: the version of the FactoryReset] */
  reset: 30,
  /** Another firmware is received, and starts, on trial, in a moment. [number: the version of the FirmwareRelease] */
  updateReady: 35,
  /** It has proved itself, and is kept. [number: the version of the firmware that runs] */
  updateConfirmed: 36,
  /** It did not prove itself, and was taken back for good. [number: the version of the FirmwareRelease] */
  updateRefused: 37,
  /** A release could not be received. [text: the UpdateFault] */
  updateFailed: 38,
  /** The M3tering Console has not what this meter sent, or what it never did. [number: the last nonce that it has] */
  consoleOutOfStep: 39,
} as const;

export type EventName = keyof typeof EVENT_CODES;

/** What an event states. */
export interface EventContent {
  /** Unix seconds; 0 when the time is unknown. */
  readonly timestamp: number;
  /** One of `EVENT_CODES`, u16 */
  readonly code: number;
  /** 32 bytes, from `detailText`, `detailNumber` or `detailDigests` */
  readonly detail: Uint8Array;
}

/** A detail that says nothing. */
export const NO_DETAIL: Uint8Array = new Uint8Array(32);

/** ASCII, at most 32 characters, padded with zeros at the end. @throws RangeError on any other text. */
export function detailText(text: string): Uint8Array {
  if (text.length > 32)
    throw new RangeError(`event detail: expected at most 32 characters, got ${text.length}`);
  const detail = new Uint8Array(32);
  detail.set(ascii(text));
  return detail;
}

/** A whole number, as a uint256. @throws RangeError when it is not one. */
export function detailNumber(count: number | bigint): Uint8Array {
  const detail = new Uint8Array(32);
  let rest = BigInt(count);
  for (let k = 31; k >= 0; k--) {
    detail[k] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  // of a negative number −1 remains
  if (rest !== 0n) throw new RangeError(`event detail: expected a uint256, got ${count}`);
  return detail;
}

/** How two digests differ: the first 16 bytes of each. */
export function detailDigests(before: Uint8Array, after: Uint8Array): Uint8Array {
  const detail = new Uint8Array(32);
  detail.set(before.subarray(0, 16));
  detail.set(after.subarray(0, 16), 16);
  return detail;
}

/* The body, big-endian: timestamp u40 | code u16 | detail, 32 bytes | signature, 65 bytes. */
const CODE_AT = 5;
const DETAIL_AT = 7;
const SIGNATURE_AT = 39;
const BODY_LENGTH = SIGNATURE_AT + SIGNATURE_LENGTH;

export const eventCodec: EntryCodec<EventContent, typeof EVENT> = {
  type: EVENT,

  message(_crypto, { m3terId, sequence, previous }, { timestamp, code, detail }) {
    return { m3terId, sequence, timestamp, code, detail, previous };
  },

  encodeBody({ timestamp, code, detail }, signature) {
    const body = new Uint8Array(BODY_LENGTH);
    writeUint(body, 0, CODE_AT, timestamp);
    writeUint(body, CODE_AT, DETAIL_AT - CODE_AT, code);
    body.set(detail, DETAIL_AT);
    body.set(signature, SIGNATURE_AT);
    return body;
  },

  decodeBody(body) {
    if (body.length !== BODY_LENGTH) return undefined;
    const timestamp = readUint(body, 0, CODE_AT);
    const code = readUint(body, CODE_AT, DETAIL_AT - CODE_AT);
    const content = { timestamp, code, detail: body.slice(DETAIL_AT, SIGNATURE_AT) };
    return { content, signature: body.slice(SIGNATURE_AT) };
  },
};
