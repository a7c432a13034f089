import { parseAddress } from '../firmware/attest/address';
import { fromHex } from '../firmware/bytes';
import { type LinkOffer, verifyLink } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import { failure, type Result, success } from '../firmware/result';

/** The name of the link document in the state directory of a meter that has one. */
export const LINK_FILE = 'link.json';

const FIELDS: readonly string[] = ['chainId', 'registry', 'm3terId', 'roles'];
/** Characters; a document as `m3ter link` writes it has some 450. */
const LONGEST_DOCUMENT = 2048;
const LONGEST_SHOWN = 60;

/**
 * Reads the document by which a person tells a new meter which M3ter it is and whom it obeys, as `m3ter link` writes
 * it: `{"chainId": 100, "registry": "0x…", "m3terId": "7", "roles": "…"}`, where the roles are an envelope in hex.
 * The fault is one line for that person: what was expected, and what came.
 */
export function parseLinkDocument(crypto: Crypto, text: string): Result<LinkOffer, string> {
  const fields = parseFlatObject(text);
  if (fields === undefined) return refusal('link document', 'one JSON object with four fields', text.trim());
  const stranger = Object.keys(fields).find(name => !FIELDS.includes(name));
  if (stranger !== undefined) return refusal('link document', `${FIELDS.join(', ')} and no more`, stranger);
  const { chainId, registry, m3terId, roles } = fields;
  if (!Number.isSafeInteger(chainId) || (chainId as number) < 1)
    return refusal('chainId', 'a positive integer', chainId);
  const contract = typeof registry === 'string' ? parseAddress(crypto, registry) : undefined;
  if (contract === undefined) return refusal('registry', 'an address', registry);
  if (typeof m3terId !== 'string' || !/^\d{1,78}$/.test(m3terId))
    return refusal('m3terId', 'a token id as a text of decimal digits', m3terId);
  const envelope = typeof roles === 'string' ? fromHex(roles) : undefined;
  if (envelope === undefined) return refusal('roles', 'a text of hex digits', roles);
  const offer = {
    chainId: chainId as number,
    registry: contract,
    m3terId: BigInt(m3terId),
    roles: envelope,
  };
  const verified = verifyLink(crypto, offer);
  return verified.ok
    ? success(offer)
    : failure(`roles: expected the owner's signature, got ${verified.fault}`);
}

/**
 * Undefined when it is no JSON object, or has objects or lists inside: XS parses by recursion, and deep nesting would
 * end the machine past every `try`.
 */
function parseFlatObject(text: string): Readonly<Record<string, unknown>> | undefined {
  const isFlat = text.trimStart().startsWith('{') && !text.includes('{', text.indexOf('{') + 1);
  if (text.length > LONGEST_DOCUMENT || !isFlat || text.includes('[')) return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function refusal(what: string, expected: string, got: unknown) {
  const shown = got === undefined ? 'nothing' : JSON.stringify(got);
  const cut = shown.length > LONGEST_SHOWN ? `${shown.slice(0, LONGEST_SHOWN)}…` : shown;
  return failure(`${what}: expected ${expected}, got ${cut}`);
}
