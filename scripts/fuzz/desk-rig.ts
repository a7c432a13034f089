import type { SigningKey } from '../../firmware/attest/device-key';
import { encodeEnvelope } from '../../firmware/attest/envelope';
import { SigningDomain } from '../../firmware/attest/signing-domain';
import type { AnyMessage } from '../../firmware/attest/struct-type';
import { toHex } from '../../firmware/bytes';
import type { Outcome } from '../../firmware/directives/apply';
import { DirectiveDesk } from '../../firmware/directives/desk';
import { DIRECTIVES, type DirectiveKind, type Role } from '../../firmware/directives/directive';
import type { Clock, Crypto } from '../../firmware/host';
import { Ledger } from '../../firmware/ledger/ledger';
import { INITIAL_POLICY } from '../../firmware/ledger/policy';
import { key, crypto as plainCrypto, REGISTRY } from '../../test/support/messages';
import { expect } from './breaches';
import { blankRegion, MemoryRegion } from './memory-region';

const crypto = remembering(plainCrypto);
export const LINK = { chainId: 100, registry: REGISTRY, m3terId: 7n };
export const OWNER = key(1001);
export const OPERATOR = key(1002);
const STRANGER = key(1003);
const ROLES = { version: 1, owner: OWNER.address, operator: OPERATOR.address };
const TIME = 1_800_000_000;
/** ms, more than the desk lets pass between two events about refusals */
const STEP = 3_600_000;
const LAST_READING = 10;
export const KINDS = Object.keys(DIRECTIVES) as readonly DirectiveKind[];

/** A directive as it comes: the last part of its topic, and the envelope. */
export interface Delivery {
  readonly stream: string;
  readonly payload: Uint8Array;
}

const { m3terId } = LINK;
const BANDS = [{ fromMinute: 1020, toMinute: 1260, days: 31, factor: 1800 }];
/** One of each that the meter obeys, once. */
export const HONEST: { readonly [kind in DirectiveKind]: AnyMessage } = {
  credit: { m3terId, credited: 20_000_000, withdrawn: 1_000_000 },
  tariff: { m3terId, version: 2, validFrom: TIME - 1000, feedInFactor: 400, bands: BANDS },
  supply: { m3terId, version: 2, state: 1, powerLimit: 2300, until: 0 },
  policy: { ...INITIAL_POLICY, m3terId, version: 2 },
  roles: { ...ROLES, m3terId, version: 2 },
  acknowledged: { m3terId, sequence: LAST_READING - 5 },
  reset: { m3terId, version: 1 },
  firmware: { m3terId, version: 2, hash: new Uint8Array(32).fill(7), url: 'http://example.org/m3ter.bin' },
};

/** What it would obey after these, if its masters had said it. */
const NEWS: typeof HONEST = {
  ...HONEST,
  credit: { ...HONEST.credit, credited: 30_000_000 },
  tariff: { ...HONEST.tariff, version: 3 },
  supply: { ...HONEST.supply, version: 3 },
  policy: { ...HONEST.policy, version: 3 },
  roles: { ...HONEST.roles, version: 3 },
  acknowledged: { ...HONEST.acknowledged, sequence: LAST_READING },
  reset: { ...HONEST.reset, version: 2 },
  firmware: { ...HONEST.firmware, version: 3 },
};

/** The envelope of a message to the meter, signed within the domain of a chain. */
export function signed(
  kind: DirectiveKind,
  message: AnyMessage,
  signer: SigningKey,
  chainId = 100,
): Uint8Array {
  const { type } = DIRECTIVES[kind];
  const domain = new SigningDomain(crypto, { ...LINK, chainId });
  return encodeEnvelope(type, message as never, domain.sign(type, message as never, signer.privateKey));
}

/** The ledger of a meter that has a name and masters, and the desk at which it is told what to do. */
export class DeskRig {
  readonly region: MemoryRegion;
  readonly ledger: Ledger;
  readonly desk: DirectiveDesk;
  /** Directives that were obeyed. */
  applied = 0;
  /** Version of the last release that was taken. */
  #released = 0;

  /** @param image of flash on which there is such a meter; absent: new */
  constructor(image?: Uint8Array) {
    const sectorSize = 2048;
    this.region =
      image === undefined ? blankRegion(3, sectorSize) : new MemoryRegion(image.slice(), sectorSize);
    const opened = Ledger.open(this.region);
    if (!opened.ok) throw new Error(`desk: expected a ledger, got ${opened.fault}`);
    this.ledger = opened.value;
    if (image === undefined) this.ledger.update({ link: LINK, roles: ROLES });
    this.desk = new DirectiveDesk(steppingClock(), new SigningDomain(crypto, LINK), this.ledger, LINK, {
      onApplied: () => void this.applied++,
      onEvent: () => undefined,
      lastReading: () => LAST_READING,
      takeRelease: ({ version }) => this.#takeRelease(version),
    });
  }

  #takeRelease(version: number): Outcome {
    if (version <= this.#released) return 'stale';
    this.#released = version;
    return 'applied';
  }

  /** Messages that were refused so far. */
  get refusals(): number {
    return Object.values(this.desk.refused).reduce((sum, count) => sum + count, 0);
  }

  /** What any obedience would change. */
  get state(): string {
    const { credited, withdrawn } = this.ledger.registers;
    return [this.applied, this.region.changes, this.ledger.acknowledged, credited, withdrawn].join();
  }
}

/** A desk that has obeyed one honest directive of each kind already, so that nothing it has ever seen can move it. */
export class SettledDesk extends DeskRig {
  readonly honest: readonly Delivery[];
  /** Signed too, but not for it, or not by its masters. */
  readonly foreign: readonly Delivery[];

  constructor() {
    super();
    const signerOf = (kind: DirectiveKind) => {
      const signers: readonly Role[] = DIRECTIVES[kind].signers;
      return signers.includes('operator') ? OPERATOR : OWNER;
    };
    const all = (messages: typeof HONEST, chainId?: number, by = signerOf, meter = m3terId) =>
      KINDS.map(kind => ({
        stream: kind,
        payload: signed(kind, { ...messages[kind], m3terId: meter }, by(kind), chainId),
      }));
    this.honest = all(HONEST);
    this.foreign = [
      ...all(NEWS, 100, signerOf, 8n),
      ...all(NEWS, 100, signerOf, 2n ** 64n + m3terId),
      ...all(NEWS, 1),
      ...all(NEWS, 100, () => STRANGER),
    ];
    // done before: after one that is done now nobody would be obeyed anyway
    this.ledger.update({ resetVersion: 1 });
    for (const { stream, payload } of this.honest) this.desk.receive(stream, payload);
    const { applied, refusals } = this;
    const most = KINDS.length - 1;
    if (applied !== most || refusals > 0)
      throw new Error(`desk: expected ${most} obeyed, got ${applied}, ${JSON.stringify(this.desk.refused)}`);
  }

  isHonest(stream: string, payload: Uint8Array): boolean {
    return this.honest.some(known => known.stream === stream && Buffer.compare(known.payload, payload) === 0);
  }

  /** Lets something happen by which nothing may be obeyed. */
  unmoved<Value>(run: () => Value): Value {
    const before = this.state;
    const value = run();
    expect(this.state === before, 'accepted', `expected ${before}, got ${this.state}`);
    return value;
  }
}

/** The same, but the last signature that was looked at need not be looked at twice. */
function remembering(plain: Crypto): Crypto {
  let last: { readonly what: string; readonly signer: Uint8Array | undefined } | undefined;
  const recover = (digest: Uint8Array, signature: Uint8Array) => {
    const what = toHex(digest) + toHex(signature);
    if (last?.what !== what) last = { what, signer: plain.recover(digest, signature) };
    return last.signer;
  };
  return { ...plain, recover };
}

/** Of which every look is an hour later, so that each refusal is told. */
function steppingClock(): Clock {
  let time = 0;
  return {
    monotonic: () => {
      time += STEP;
      return time;
    },
    now: () => TIME,
    after: () => ({ cancel: () => undefined }),
  };
}
