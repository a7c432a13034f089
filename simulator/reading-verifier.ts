import { addressText } from '../firmware/attest/address';
import { decodeEnvelope } from '../firmware/attest/envelope';
import { READING, type Reading } from '../firmware/attest/signed-types';
import type { SigningDomain } from '../firmware/attest/signing-domain';
import { equal, toHex } from '../firmware/bytes';

/** What can be wrong with a reading. */
export type ReadingFault =
  | 'malformed'
  | 'wrong-meter'
  | 'wrong-signer'
  | 'fork'
  | 'out-of-sequence'
  | 'broken-chain'
  | 'register-decreased';

export interface ReadingProblem {
  readonly fault: ReadingFault;
  readonly expected: string;
  readonly got: string;
}

export interface ReadingVerdict {
  /** Undefined when the bytes are no reading. */
  readonly reading?: Reading;
  /** The same reading was accepted before: meters send again what nobody has acknowledged. */
  readonly repeated: boolean;
  /** Empty when all is well. */
  readonly problems: readonly ReadingProblem[];
}

const REGISTERS = ['imported', 'exported', 'debited', 'credited', 'withdrawn', 'feedIn'] as const;
const NO_DIGEST = '00'.repeat(32);

/**
 * Checks one meter's readings as they come: that the device signed them, that each follows from the one before, and
 * that no register goes back. Where the meter or its device is not given, the first reading tells. What the device
 * did not sign changes nothing: the next is compared with the last that it did.
 */
export class ReadingVerifier {
  readonly #domain: SigningDomain;
  #m3terId: bigint | undefined;
  #device: Uint8Array | undefined;
  #last: Reading | undefined;
  readonly #digests = new Map<number, string>();

  constructor(
    domain: SigningDomain,
    expected: { readonly m3terId?: bigint | undefined; readonly device?: Uint8Array | undefined } = {},
  ) {
    this.#domain = domain;
    this.#m3terId = expected.m3terId;
    this.#device = expected.device;
  }

  get m3terId(): bigint | undefined {
    return this.#m3terId;
  }

  /** The signer's address, 20 bytes. */
  get device(): Uint8Array | undefined {
    return this.#device;
  }

  /** The newest reading that the device signed. */
  get last(): Reading | undefined {
    return this.#last;
  }

  /** Checks the bytes of one envelope. */
  accept(envelope: Uint8Array): ReadingVerdict {
    const decoded = decodeEnvelope(READING, envelope);
    if (!decoded.ok) return { repeated: false, problems: [problem('malformed', 'a reading', decoded.fault)] };
    const { message: reading, signature } = decoded.value;
    const foreign = this.#checkOrigin(reading, signature);
    if (foreign !== undefined) return { reading, repeated: false, problems: [foreign] };
    const digest = toHex(this.#domain.digest(READING, reading));
    if (this.#digests.get(reading.sequence) === digest) return { reading, repeated: true, problems: [] };
    const problems = [...this.#checkChain(reading, digest), ...this.#checkRegisters(reading)];
    if (this.#last === undefined || reading.sequence > this.#last.sequence) this.#last = reading;
    if (!this.#digests.has(reading.sequence)) this.#digests.set(reading.sequence, digest);
    return { reading, repeated: false, problems };
  }

  #checkOrigin(reading: Reading, signature: Uint8Array): ReadingProblem | undefined {
    if (this.#m3terId !== undefined && reading.m3terId !== this.#m3terId)
      return problem('wrong-meter', `M3ter ${this.#m3terId}`, `M3ter ${reading.m3terId}`);
    const signer = this.#domain.signer(READING, reading, signature);
    const name = (address: Uint8Array) => addressText(this.#domain.crypto, address);
    const expected = this.#device === undefined ? 'a signature' : `a signature by ${name(this.#device)}`;
    if (signer === undefined) return problem('wrong-signer', expected, 'none');
    if (this.#device !== undefined && !equal(signer, this.#device))
      return problem('wrong-signer', expected, `one by ${name(signer)}`);
    this.#device = signer;
    this.#m3terId = reading.m3terId;
    return undefined;
  }

  #checkChain({ sequence, previous }: Reading, digest: string): ReadingProblem[] {
    const other = this.#digests.get(sequence);
    if (other !== undefined) return [problem('fork', `reading ${sequence} to be ${other}`, digest)];
    if (this.#last !== undefined && sequence !== this.#last.sequence + 1)
      return [problem('out-of-sequence', `reading ${this.#last.sequence + 1}`, `reading ${sequence}`)];
    const before = sequence === 1 ? NO_DIGEST : this.#digests.get(sequence - 1);
    if (before === undefined || before === toHex(previous)) return [];
    return [problem('broken-chain', `previous ${before}`, toHex(previous))];
  }

  #checkRegisters(reading: Reading): ReadingProblem[] {
    const last = this.#last;
    if (last === undefined || reading.sequence <= last.sequence) return [];
    return REGISTERS.filter(name => reading[name] < last[name]).map(name =>
      problem('register-decreased', `${name} of at least ${last[name]} mWh`, `${reading[name]} mWh`),
    );
  }
}

function problem(fault: ReadingFault, expected: string, got: string): ReadingProblem {
  return { fault, expected, got };
}
