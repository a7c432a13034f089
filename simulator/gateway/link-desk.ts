import type { Address } from 'viem';
import { addressText } from '../../firmware/attest/address';
import { decodeEnvelope } from '../../firmware/attest/envelope';
import { LINK } from '../../firmware/attest/signed-types';
import { equal } from '../../firmware/bytes';
import type { Chain } from '../chain/chain';
import { failureReason } from './failure-reason';
import type { GatewayBook } from './gateway-book';
import { type KeySlot, readKeySlot } from './key-slots';
import type { MeterState } from './meter-state';
import { type Held, Strangers } from './strangers';

/** Claims that are kept: anybody can make up more. The oldest go, and count again when they are made again. */
const MOST_CLAIMS = 256;

/** A device's own word that it is this meter. */
export interface LinkClaim {
  readonly m3terId: bigint;
  /** 20 bytes */
  readonly device: Uint8Array;
  /** 65 bytes */
  readonly signature: Uint8Array;
}

/** Finds out which device serves a token: the registry says so, and a `Link` only asks it to. */
export class LinkDesk {
  /** Called when a meter's device is known, with what was held until then. */
  onKnown: ((meter: MeterState, held: readonly Held[]) => void) | undefined;
  readonly #book: GatewayBook;
  readonly #chain: Chain;
  readonly #registry: Address;
  readonly #strangers: Strangers;
  readonly #claims = new Map<bigint, LinkClaim>();
  readonly #onFailure: (error: unknown) => void;

  /** @param onFailure the store has failed */
  constructor(book: GatewayBook, chain: Chain, registry: Address, onFailure: (error: unknown) => void) {
    this.#book = book;
    this.#chain = chain;
    this.#registry = registry;
    this.#onFailure = onFailure;
    this.#strangers = new Strangers(chain, registry, (m3terId, slot, held) =>
      this.#onSlot(m3terId, slot, held),
    );
  }

  /** Of tokens whose key slot is empty. */
  get claims(): readonly LinkClaim[] {
    return [...this.#claims.values()];
  }

  /** The claim cannot be granted: it counts again when the device makes it again. */
  drop({ m3terId }: LinkClaim): void {
    this.#claims.delete(m3terId);
  }

  /** Whatever it says, nothing is believed before the registry says so. */
  async onLink(m3terId: bigint, payload: Uint8Array): Promise<void> {
    const decoded = decodeEnvelope(LINK, payload);
    const claim = decoded.ok && decoded.value.message.m3terId === m3terId ? decoded.value : undefined;
    const signer = claim && this.#book.domain.signer(LINK, claim.message, claim.signature);
    if (claim === undefined || signer === undefined || !equal(signer, claim.message.device))
      return this.#book.notify({ code: 'link-refused', m3terId });
    const { device } = claim.message;
    const known = this.#book.meters.get(m3terId)?.device;
    if (known !== undefined) return this.#compare(m3terId, device, known);
    this.#claims.set(m3terId, { m3terId, device, signature: claim.signature });
    const [oldest] = this.#claims.keys();
    if (oldest !== undefined && this.#claims.size > MOST_CLAIMS) this.#claims.delete(oldest);
    this.#ask(m3terId);
  }

  /** Keeps a message until the registry names the device. */
  async hold(m3terId: bigint, message: Held): Promise<void> {
    if (!this.#strangers.hold(m3terId, message)) this.#book.notify({ code: 'stranger-dropped', m3terId });
    this.#ask(m3terId);
  }

  /** Asks once more about those of whom no answer came. @throws viem's error when the node fails */
  async askAgain(): Promise<void> {
    await this.#strangers.askAgain();
  }

  /** The registry has new keys for these tokens. @throws viem's error when the node fails */
  async refresh(m3terIds: readonly bigint[]): Promise<void> {
    for (const m3terId of m3terIds) {
      this.#strangers.forgetAnswer(m3terId);
      const meter = this.#book.meters.get(m3terId);
      if (meter?.state === undefined) {
        if (meter !== undefined || this.#claims.has(m3terId)) await this.#strangers.ask(m3terId);
      } else this.#onSlot(m3terId, await readKeySlot(this.#chain, this.#registry, m3terId), []);
    }
  }

  #ask(m3terId: bigint): void {
    this.#book.track(this.#strangers.ask(m3terId), error =>
      this.#book.notify({ code: 'chain-failed', detail: failureReason(error) }),
    );
  }

  #onSlot(m3terId: bigint, slot: KeySlot, held: readonly Held[]): void {
    const claim = this.#claims.get(m3terId);
    const device = typeof slot === 'object' ? slot.device : undefined;
    if (slot !== 'none') this.#claims.delete(m3terId);
    if (slot !== 'none' && claim !== undefined) this.#compare(m3terId, claim.device, device);
    const known = this.#book.meters.get(m3terId);
    if (device === undefined && known === undefined) return;
    const meter = known ?? this.#book.meter(m3terId);
    const isNews = device !== undefined && (meter.device === undefined || !equal(device, meter.device));
    this.#book.track(this.#book.assign(meter, device), this.#onFailure);
    if (isNews) this.#book.notify({ code: 'device-known', m3terId, detail: this.#name(device) });
    if (isNews || held.length > 0) this.onKnown?.(meter, held);
  }

  #compare(m3terId: bigint, claimed: Uint8Array, known: Uint8Array | undefined): void {
    if (known !== undefined && equal(claimed, known)) return;
    const registered = known === undefined ? 'a key that is no address' : this.#name(known);
    const detail = `the registry has ${registered}, a link is signed by ${this.#name(claimed)}`;
    this.#book.notify({ code: 'link-contradicted', m3terId, detail });
  }

  #name(address: Uint8Array): string {
    return addressText(this.#book.domain.crypto, address);
  }
}
