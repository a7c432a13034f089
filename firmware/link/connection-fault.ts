import type { NetworkFault } from '../host';

/**
 * Why a connection ended.
 * Of the network: `unresolved`, `refused`, `timeout` (no stream in time), `closed`, `untrusted`.
 * The broker did not answer in time: `connack-timeout`, `suback-timeout`, `puback-timeout`, `ping-timeout`; or
 * closed upon CONNECT: `unanswered`.
 * The broker said no: `version` (it does not speak this one), `unauthorized` (not with this name and password),
 * `moved` (to another server, which is not followed: nobody has signed it), `rejected` (anything else: not now, over
 * quota), `unsubscribed`, `unpublished` (a topic is barred), `dismissed` (DISCONNECT); or it cannot do what a meter needs, QoS 1 and
 * retained messages: `unfit`.
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
  | 'unauthorized'
  | 'moved'
  | 'rejected'
  | 'unsubscribed'
  | 'unpublished'
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
  unpublished: 0x80,
  unfit: 0x80,
  malformed: 0x81,
  protocol: 0x82,
  oversized: 0x95,
};

/**
 * What a code of CONNACK or DISCONNECT other than success says: those of MQTT 5 [MQTT-5.0 §2.4], and below 0x80 those of
 * 3.1.1 [MQTT-3.1.1 §3.2.2.3]. `otherwise` when it says nothing that makes a difference.
 */
export function refusal(code: number, otherwise: ConnectionFault): ConnectionFault {
  if (code === 1 || code === 0x84) return 'version';
  if (code === 4 || code === 5 || code === 0x86 || code === 0x87) return 'unauthorized';
  if (code === 0x9a || code === 0x9b) return 'unfit';
  return code === 0x9c || code === 0x9d ? 'moved' : otherwise;
}
