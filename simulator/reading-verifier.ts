import { addressText } from '../firmware/attest/address';
import { decodeEnvelope, type Envelope } from '../firmware/attest/envelope';
import { READING, type Reading } from '../firmware/attest/signed-types';
import type { SigningDomain } from '../firmware/attest/signing-domain';
import { equal, toHex } from '../firmware/bytes';
import { MAX_ENERGY } from '../firmware/energy';

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

/** The readings that others are compared with. */
export interface ReadingHistory {
  /** The newest. */
  readonly last: Reading | undefined;
  /** Of the reading with that sequence, in hex; undefined when there is none. */
  digest(sequence: number): string | undefined;
  /** Takes note of one that the device signed. @param isRight it follows from those before */
  add(reading: Reading, digest: string, isRight: boolean): void;
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
  readonly #history: ReadingHistory;

  constructor(
    domain: SigningDomain,
    expected: { readonly m3terId?: bigint | undefined; readonly device?: Uint8Array | undefined } = {},
    history: ReadingHistory = new WholeHistory(),
  ) {
    this.#domain = domain;
    this.#m3terId = expected.m3terId;
    this.#device = expected.device;
    this.#history = history;
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
    return this.#history.last;
  }

  /** Checks the bytes of one envelope. */
  accept(envelope: Uint8Array): ReadingVerdict {
    const decoded = decodeEnvelope(READING, envelope);
    if (!decoded.ok) return { repeated: false, problems: [problem('malformed', 'a reading', decoded.fault)] };
    return this.judge(decoded.value);
  }

  /** The same of one that is decoded. */
  judge({ message: reading, signature }: Envelope<typeof READING>): ReadingVerdict {
    const foreign = this.#checkOrigin(reading, signature);
    if (foreign !== undefined) return { reading, repeated: false, problems: [foreign] };
    const digest = toHex(this.#domain.digest(READING, reading));
    if (this.#history.digest(reading.sequence) === digest) return { reading, repeated: true, problems: [] };
    const problems = [...this.#checkChain(reading, digest), ...this.#checkRegisters(reading)];
    this.#history.add(reading, digest, problems.length === 0);
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
    const { last } = this.#history;
    const other = this.#history.digest(sequence);
    if (other !== undefined) return [problem('fork', `reading ${sequence} to be ${other}`, digest)];
    if (last !== undefined && sequence !== last.sequence + 1)
      return [problem('out-of-sequence', `reading ${last.sequence + 1}`, `reading ${sequence}`)];
    const before = sequence === 1 ? NO_DIGEST : this.#history.digest(sequence - 1);
    if (before === undefined || before === toHex(previous)) return [];
    return [problem('broken-chain', `previous ${before}`, toHex(previous))];
  }

  #checkRegisters(reading: Reading): ReadingProblem[] {
    const { last } = this.#history;
    const large = REGISTERS.filter(name => reading[name] > MAX_ENERGY);
    if (large.length > 0)
      return large.map(name =>
        problem('malformed', `${name} of at most ${MAX_ENERGY} mWh`, `${reading[name]} mWh`),
      );
    if (last === undefined || reading.sequence <= last.sequence) return [];
    return REGISTERS.filter(name => reading[name] < last[name]).map(name =>
      problem('register-decreased', `${name} of at least ${last[name]} mWh`, `${reading[name]} mWh`),
    );
  }
}

/** All that the device has signed, right or not: of each a text of 32 bytes, for there may be millions. */
class WholeHistory implements ReadingHistory {
  last: Reading | undefined;
  readonly #digests = new Map<number, string>();

  digest(sequence: number): string | undefined {
    const bytes = this.#digests.get(sequence);
    return bytes === undefined ? undefined : Buffer.from(bytes, 'latin1').toString('hex');
  }

  add(reading: Reading, digest: string): void {
    if (this.last === undefined || reading.sequence > this.last.sequence) this.last = reading;
    if (this.#digests.has(reading.sequence)) return;
    this.#digests.set(reading.sequence, Buffer.from(digest, 'hex').toString('latin1'));
  }
}

function problem(fault: ReadingFault, expected: string, got: string): ReadingProblem {
  return { fault, expected, got };
}
