import { ZERO_ADDRESS } from '../attest/address';
import { decodeEnvelope } from '../attest/envelope';
import type { SigningDomain } from '../attest/signing-domain';
import { equal } from '../bytes';
import { MAX_ENERGY } from '../energy';
import { isPossiblePolicy } from '../ledger/policy';
import { isPossibleTariff } from '../ledger/tariff';
import { failure, type Result, success } from '../result';
import { ORDER_STATES } from '../supply/supply';
import { parseReleaseUrl } from '../update/release-url';
import { type Claim, DIRECTIVES, type Directive, type DirectiveKind, type Role } from './directive';

/** Whom a meter obeys, and as which meter. */
export interface Authority {
  readonly domain: SigningDomain;
  readonly m3terId: bigint;
  /** 20 bytes */
  readonly owner: Uint8Array;
  /** 20 bytes; the zero address: nobody */
  readonly operator: Uint8Array;
  /** 20 bytes; absent, or the zero address: nobody */
  readonly registrar?: Uint8Array;
}

/**
 * Why a directive is not obeyed. `malformed`: not the one encoding of such a message. `wrong-meter`: for another
 * m3terId. `out-of-range`: says what the meter cannot hold. `bad-signature`: no signature at all. `wrong-signer`: by
 * somebody who may not; a signature made for another chain or registry looks the same, as it recovers to nobody's
 * address.
 */
export type Refusal = 'malformed' | 'wrong-meter' | 'out-of-range' | 'bad-signature' | 'wrong-signer';

/** Sequences are kept in 32 bits. */
const MAXIMUM_SEQUENCE = 2 ** 32 - 1;

/**
 * Checks an instruction that came as bytes from anywhere; cheap checks first, since recovering a signer takes a
 * small machine tens of milliseconds.
 * @param isNews whether what it says is worth that; what is not is `stale`
 */
export function verifyDirective(
  authority: Authority,
  kind: DirectiveKind,
  bytes: Uint8Array,
  isNews: (claim: Claim) => boolean = () => true,
): Result<Directive, Refusal | 'stale'> {
  const { type, signers } = DIRECTIVES[kind];
  const envelope = decodeEnvelope(type, bytes);
  if (!envelope.ok) return failure('malformed');
  const { message, signature } = envelope.value;
  if (message.m3terId !== authority.m3terId) return failure('wrong-meter');
  if (!isNews({ kind, message } as Claim)) return failure('stale');
  const signer = authority.domain.signer(type, message, signature);
  if (signer === undefined) return failure('bad-signature');
  if (!mayGive(authority, signers, signer)) return failure('wrong-signer');
  const directive = { kind, message, signer } as Directive;
  return isInRange(directive) ? success(directive) : failure('out-of-range');
}

function mayGive(authority: Authority, signers: readonly Role[], signer: Uint8Array): boolean {
  return signers.some(role => {
    const address = authority[role];
    return address !== undefined && equal(signer, address);
  });
}

function isInRange({ kind, message }: Directive): boolean {
  switch (kind) {
    case 'credit':
      return message.credited <= MAX_ENERGY && message.withdrawn <= MAX_ENERGY;
    case 'tariff':
      return isPossibleTariff(message);
    case 'supply':
      return message.state === ORDER_STATES.on || message.state === ORDER_STATES.off;
    case 'policy':
      return isPossiblePolicy(message);
    case 'roles':
      return !equal(message.owner, ZERO_ADDRESS);
    case 'reset':
      return true;
    case 'acknowledged':
      return message.sequence <= MAXIMUM_SEQUENCE;
    case 'firmware':
      return parseReleaseUrl(message.url) !== undefined;
  }
}
