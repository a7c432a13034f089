import type { SigningKey } from '../firmware/attest/device-key';
import { encodeEnvelope } from '../firmware/attest/envelope';
import type { SigningDomain } from '../firmware/attest/signing-domain';
import { DIRECTIVES, type DirectiveKind, type DirectiveMessage } from '../firmware/directives/directive';
import { meterTopic } from '../firmware/link/topics';

/** A directive as it is published, retained, for its meter. */
export interface SignedDirective {
  readonly topic: string;
  readonly payload: Uint8Array;
  /** What was signed, 32 bytes. */
  readonly digest: Uint8Array;
  /** 20 bytes */
  readonly signer: Uint8Array;
}

/** @throws RangeError when a field of the message does not fit its type. */
export function signDirective<Kind extends DirectiveKind>(
  domain: SigningDomain,
  key: SigningKey,
  kind: Kind,
  message: DirectiveMessage<Kind> & { readonly m3terId: bigint },
): SignedDirective {
  const type: (typeof DIRECTIVES)[Kind]['type'] = DIRECTIVES[kind].type;
  const digest = domain.digest(type, message);
  return {
    topic: meterTopic(domain.chainId, message.m3terId, kind),
    payload: encodeEnvelope(type, message, domain.crypto.sign(digest, key.privateKey)),
    digest,
    signer: key.address,
  };
}
