import { Point } from '@noble/ed25519';
import { concat, fromHex, toHex } from '../bytes';
import type { Crypto } from '../host';
import type { Steps } from '../turns';

type Hash = Pick<Crypto, 'sha512'>;

/** A pair of Ed25519 keys, as RFC 8032 (5.1.5) expands it from its 32 secret bytes. */
export interface Ed25519Key {
  /** 32 bytes */
  readonly publicKey: Uint8Array;
  /** The secret scalar; never leaves the device, never printed. */
  readonly scalar: bigint;
  /** 32 bytes that the nonces of signatures come from; as secret. */
  readonly prefix: Uint8Array;
}

/** The order L of the base point (RFC 8032, 5.1) */
const ORDER = 0x1000000000000000000000000000000014def9dea2f79cd65812631a5cf5d3edn;
const SCALAR_BITS = 256n;
/** Of a scalar, in a step: two million instructions of an RV32, in which an inversion is one more step */
const BITS_A_STEP = 4n;

/** @param secret 32 bytes. @throws RangeError when they are not. */
export function* ed25519Key(crypto: Hash, secret: Uint8Array): Steps<Ed25519Key> {
  if (secret.length !== 32) throw new RangeError(`secret: expected 32 bytes, got ${secret.length}`);
  const hash = crypto.sha512(secret);
  const head = hash.slice(0, 32);
  head[0] = (head[0] as number) & 0xf8;
  head[31] = ((head[31] as number) & 0x7f) | 0x40;
  const scalar = littleEndian(head);
  const publicKey = yield* baseTimes(scalar);
  return { publicKey, scalar, prefix: hash.slice(32) };
}

/** The 64 bytes R ‖ S of the signature (RFC 8032, 5.1.6), the same every time. */
export function* signEd25519(crypto: Hash, key: Ed25519Key, message: Uint8Array): Steps<Uint8Array> {
  const nonce = littleEndian(crypto.sha512(concat(key.prefix, message))) % ORDER;
  const commitment = yield* baseTimes(nonce);
  const challenge = littleEndian(crypto.sha512(concat(commitment, key.publicKey, message))) % ORDER;
  return concat(commitment, bytesOf((nonce + challenge * key.scalar) % ORDER));
}

/**
 * A multiple of the base point, encoded. By the library's own `multiply` it would be one long turn, and a table of 4,224
 * points that no board has room for. Each bit takes the same work, whatever it is: one doubling and one addition.
 */
function* baseTimes(scalar: bigint): Steps<Uint8Array> {
  let product = Point.ZERO;
  for (let bit = SCALAR_BITS - 1n; bit >= 0n; bit--) {
    const doubled = product.double();
    const added = doubled.add(Point.BASE);
    product = (scalar >> bit) & 1n ? added : doubled;
    if (bit % BITS_A_STEP === 0n) yield;
  }
  return product.toBytes();
}

function littleEndian(bytes: Uint8Array): bigint {
  return BigInt(`0x${toHex(bytes.slice().reverse())}`);
}

/** 32 bytes, little-endian */
function bytesOf(value: bigint): Uint8Array {
  return (fromHex(value.toString(16).padStart(64, '0')) as Uint8Array).reverse();
}
