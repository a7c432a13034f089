import type { MilliwattHours } from '../energy';
import type { Clock, Crypto, SecretStore, Timer } from '../host';
import { inTurns, type Steps } from '../turns';
import { type Ed25519Key, ed25519Key, signEd25519 } from './ed25519';
import { ed25519Seed } from './ed25519-seed';
import { payloadV2Message } from './m3tering-v2';

/** What a payload says under its signature, and by whom. */
export interface SignedPayload {
  readonly nonce: number;
  readonly energy: MilliwattHours;
  /** 64 bytes */
  readonly signature: Uint8Array;
  /** 32 bytes */
  readonly publicKey: Uint8Array;
}

type SignerPorts = { readonly crypto: Crypto; readonly clock: Clock; readonly secrets: SecretStore };

/** Signs payloads of M3tering v2, each over some sixty turns. The key is made when it is needed first. */
export class PayloadSigner {
  readonly #ports: SignerPorts;
  #key: Ed25519Key | undefined;
  /** The payload of nonce 0, which is always the same. */
  #question: SignedPayload | undefined;
  /** Of the others the last that was asked for: it may be sent again. */
  #last: SignedPayload | undefined;

  constructor(ports: SignerPorts) {
    this.#ports = ports;
  }

  /** @param onSigned called in a later turn, unless it is cancelled */
  sign(nonce: number, energy: MilliwattHours, onSigned: (signed: SignedPayload) => void): Timer {
    return inTurns(this.#ports.clock, this.#signing(nonce, energy), onSigned);
  }

  *#signing(nonce: number, energy: MilliwattHours): Steps<SignedPayload> {
    const known = nonce === 0 ? this.#question : this.#last;
    if (known?.nonce === nonce && known.energy === energy) return known;
    const { crypto, secrets } = this.#ports;
    this.#key ??= yield* ed25519Key(crypto, ed25519Seed(crypto, secrets.seed()));
    const { publicKey } = this.#key;
    const signature = yield* signEd25519(crypto, this.#key, payloadV2Message(nonce, energy));
    const signed = { nonce, energy, signature, publicKey };
    if (nonce === 0) this.#question = signed;
    else this.#last = signed;
    return signed;
  }
}
