import type { NetworkFault } from '../host';

/**
 * Why a connection ended.
 * Of the network: `unresolved`, `refused`, `timeout` (no stream in time), `closed`, `untrusted`.
 * The broker did not answer in time: `connack-timeout`, `suback-timeout`, `puback-timeout`, `ping-timeout`; or
 * closed upon CONNECT: `unanswered`.
 * The broker said no: `version` (it does not speak this one), `rejected` (name, password, not now), `unsubscribed` (a
 * topic is barred), `dismissed` (DISCONNECT); or it cannot do what a meter needs, QoS 1 and retained messages: `unfit`.
 * What came was not MQTT: `malformed`; too large: `oversized`; out of place: `protocol`.
 */
export type ConnectionFault =
  | NetworkFault
  | 'connack-timeout'
  | 'suback-timeout'
  | 'puback-timeout'
  | 'ping-timeout'
  | 'unanswered'
  | 'version'
  | 'rejected'
  | 'unsubscribed'
  | 'dismissed'
  | 'unfit'
  | 'malformed'
  | 'oversized'
  | 'protocol';

/** Reason code of the DISCONNECT that goes with a fault [MQTT-5.0 §3.14.2.1]; absent: nobody to tell, or nothing. */
export const REASON_CODES: Partial<Record<ConnectionFault, number>> = {
  'suback-timeout': 0x80,
  'puback-timeout': 0x80,
  'ping-timeout': 0x80,
  unsubscribed: 0x80,
  unfit: 0x80,
  malformed: 0x81,
  protocol: 0x82,
  oversized: 0x95,
};
