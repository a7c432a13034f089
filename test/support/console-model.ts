import { createPublicKey, verify } from 'node:crypto';

/** A payload that it has taken. */
export interface Taken {
  readonly nonce: number;
  readonly energy: number;
}

/**
 * What a M3tering Console does with the payloads of one meter, after what the real one was seen to do; nothing of it is the
 * firmware's. It takes the nonce that follows the last one, answers nonce 0 with the last one, and drops all else.
 */
export class ConsoleModel {
  readonly taken: Taken[] = [];
  isOn = true;
  #key: Buffer | undefined;
  /** Of the last payload that it has. */
  last = 0;

  get energy(): number {
    return this.taken.reduce((sum, { energy }) => sum + energy, 0);
  }

  /** The answer; undefined when there is none. */
  receive(payload: Uint8Array): Uint8Array | undefined {
    const bytes = Buffer.from(payload);
    if (bytes.length >= 106) this.#key = bytes.subarray(74, 106);
    if (this.#key === undefined || !isSigned(bytes, this.#key)) return undefined;
    const nonce = bytes.readUInt32BE(0);
    const tells = nonce === 0 && this.last !== 0;
    if (nonce !== 0) {
      if (nonce !== this.last + 1) return undefined;
      this.last = nonce;
      this.taken.push({ nonce, energy: bytes.readUInt32BE(4) });
    }
    return consoleAnswer(this.isOn, tells ? this.last : undefined);
  }
}

/** As it goes over the wire, without a position. */
export function consoleAnswer(isOn: boolean, lastNonce?: number): Uint8Array {
  const nonce = Buffer.alloc(lastNonce === undefined ? 0 : 4);
  if (lastNonce !== undefined) nonce.writeUInt32BE(lastNonce);
  return new Uint8Array(Buffer.concat([Buffer.of(isOn ? 1 : 0), nonce, Buffer.alloc(8)]));
}

function isSigned(payload: Buffer, key: Buffer): boolean {
  // RFC 8410: the SubjectPublicKeyInfo of an Ed25519 key
  const der = Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), key]);
  const publicKey = createPublicKey({ key: der, format: 'der', type: 'spki' });
  return verify(null, payload.subarray(0, 8), publicKey, payload.subarray(8, 72));
}
