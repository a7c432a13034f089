import type { LinkOffer } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import type { Broker } from '../firmware/link/uplink';
import { type Result, success } from '../firmware/result';
import { brokerAt } from './broker-url';
import { checkBroker, checkWifi, type WifiSetting } from './esp32/settings-checks';
import { fieldsOf, parseJson, refusal, silentRefusal } from './esp32/settings-text';
import { checkLink, LINK_FIELDS } from './link-document';
import { checkLocation, type LocationSetting } from './location';

/** All that a new meter is told by hand; only the link is always there. */
export interface Provisioning {
  readonly offer: LinkOffer;
  readonly broker?: Broker;
  readonly wifi?: WifiSetting;
  readonly location?: LocationSetting;
}

const FIELDS: readonly string[] = [...LINK_FIELDS, 'broker', 'wifi', 'location'];
/** Characters */
const LONGEST_DOCUMENT = 4096;

/**
 * Reads the document by which a person tells a new meter which M3ter it is and whom it obeys, and how to reach its broker:
 *
 *     {"chainId": 100, "registry": "0x…", "m3terId": "7", "roles": "…", "registrar": "0x…",
 *      "broker": {"url": "mqtts://…", "ca": ["-----BEGIN CERTIFICATE-----", …], "keyHash": "…"},
 *      "wifi": {"ssid": "…", "password": "…"},
 *      "location": {"latitude": 6.52, "longitude": 3.38, "utcOffset": 60}}
 *
 * The first four must be there; roles are an envelope in hex, and the certificate is a text or its lines. All of it is
 * checked before any is taken. The fault is one line for that person, without secrets: what was expected, and what came.
 */
export function parseProvisioning(crypto: Crypto, text: string): Result<Provisioning, string> {
  const fields = text.length > LONGEST_DOCUMENT ? undefined : fieldsOf(parseJson(text));
  if (fields === undefined)
    return silentRefusal(
      'document',
      `one JSON object of at most ${LONGEST_DOCUMENT} characters`,
      `${text.length} characters`,
    );
  const stranger = strangerIn(fields, FIELDS);
  if (stranger !== undefined) return refusal('document', `${FIELDS.join(', ')} and no more`, stranger);
  const offer = checkLink(crypto, fields);
  if (!offer.ok) return offer;
  const broker = optional(fields.broker, brokerIn);
  if (!broker.ok) return broker;
  const wifi = optional(fields.wifi, checkWifi);
  if (!wifi.ok) return wifi;
  const location = optional(fields.location, checkLocation);
  if (!location.ok) return location;
  return success({
    offer: offer.value,
    ...(broker.value && { broker: broker.value }),
    ...(wifi.value && { wifi: wifi.value }),
    ...(location.value && { location: location.value }),
  });
}

function brokerIn(content: unknown): Result<Broker, string> {
  const fields = fieldsOf(content);
  if (fields === undefined) return refusal('broker', 'an object', content);
  const stranger = strangerIn(fields, ['url', 'ca', 'keyHash']);
  if (stranger !== undefined) return refusal('broker', 'url, ca, keyHash and no more', stranger);
  const { url, ca, keyHash } = fields;
  const broker = typeof url === 'string' ? brokerAt(url) : undefined;
  if (broker === undefined) return refusal('broker.url', 'mqtt://HOST[:PORT] or mqtts://HOST[:PORT]', url);
  if (broker.tls !== undefined && ca === undefined && keyHash === undefined)
    return refusal('broker', 'ca or keyHash with mqtts', ca);
  if (broker.tls === undefined && (ca !== undefined || keyHash !== undefined))
    return refusal('broker.url', 'mqtts with ca or keyHash', url);
  const authority = Array.isArray(ca) ? ca.join('\n') : ca;
  const tls = {
    ...(authority !== undefined && { authority }),
    ...(keyHash !== undefined && { keyHash }),
  };
  return checkBroker(broker.tls === undefined ? broker : { ...broker, tls });
}

function strangerIn(fields: object, known: readonly string[]): string | undefined {
  return Object.keys(fields).find(name => !known.includes(name));
}

function optional<Value>(
  content: unknown,
  check: (content: unknown) => Result<Value, string>,
): Result<Value | undefined, string> {
  return content === undefined ? success(undefined) : check(content);
}
