import { z } from 'zod';
import { addressText, parseAddress } from '../firmware/attest/address';
import type { SigningKey } from '../firmware/attest/device-key';
import { type Registry, SigningDomain } from '../firmware/attest/signing-domain';
import { fromHex, toHex } from '../firmware/bytes';
import { type LinkOffer, verifyLink } from '../firmware/directives/link';
import type { Crypto } from '../firmware/host';
import { signDirective } from './directive';
import { Failure } from './errors';

/** The name of the link document in a meter's state directory. */
export const LINK_FILE = 'link.json';

/** A link offer as a file, which a person carries to the meter. */
const schema = z.strictObject({
  chainId: z.int().positive(),
  registry: z.string(),
  m3terId: z.string().regex(/^\d{1,78}$/, 'expected a token id in decimal'),
  roles: z.string(),
});

/** What a new meter is to be told: roles of version 1, signed by the owner whose key this is. */
export function makeLinkOffer(
  crypto: Crypto,
  owner: SigningKey,
  link: Registry & { readonly m3terId: bigint; readonly operator: Uint8Array },
): LinkOffer {
  const { chainId, registry, m3terId, operator } = link;
  const message = { m3terId, version: 1, owner: owner.address, operator };
  const { payload } = signDirective(new SigningDomain(crypto, link), owner, 'roles', message);
  return { chainId, registry, m3terId, roles: payload };
}

export function linkDocument(crypto: Crypto, { chainId, registry, m3terId, roles }: LinkOffer): string {
  const document: z.input<typeof schema> = {
    chainId,
    registry: addressText(crypto, registry),
    m3terId: m3terId.toString(),
    roles: toHex(roles),
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** @throws Failure, which begins with `source`, when the text is no link document or its roles do not verify. */
export function parseLinkDocument(crypto: Crypto, text: string, source: string): LinkOffer {
  const refuse = (expected: string, got: string): never => {
    throw new Failure(`${source}: expected ${expected}, got ${got}`);
  };
  const parsed = schema.safeParse(parseJson(text));
  if (!parsed.success) {
    const issue = parsed.error.issues[0];
    return refuse('a link document', `${issue?.path.join('.') || 'document'}: ${issue?.message}`);
  }
  const registry = parseAddress(crypto, parsed.data.registry);
  if (registry === undefined) return refuse('registry to be an address', parsed.data.registry);
  const roles = fromHex(parsed.data.roles) ?? new Uint8Array();
  const offer = { chainId: parsed.data.chainId, registry, m3terId: BigInt(parsed.data.m3terId), roles };
  const verified = verifyLink(crypto, offer);
  return verified.ok ? offer : refuse('roles signed by the owner they name', verified.fault);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
